# Lists the primes up to a number: a worker in another language, with the protocol `lines`.
#
# in:    number
# out:   list of numbers
# usage: echo '{"id":1,"value":30}' | awk -f primes.awk
# A kept worker needs an awk that reads line by line: gawk -f primes.awk, or mawk -W interactive -f primes.awk

function say(message) { print message; fflush() }

function number(  digits) {
  digits = substr($0, RSTART, RLENGTH)
  gsub(/[^0-9]/, "", digits)
  return digits + 0
}

BEGIN { say("{\"hello\":1}") }

match($0, /"id": *[0-9]+/) {
  id = number()
  if (!match($0, /"value": *[0-9]+ *[,}]/)) {
    say("{\"id\":" id ",\"error\":{\"message\":\"The input is no whole number.\"}}")
    next
  }
  limit = number()
  list = ""
  split("", composite)
  for (n = 2; n <= limit; n++) {
    if (n in composite) continue
    list = list (list == "" ? "" : ",") n
    for (multiple = n * n; multiple <= limit; multiple += n) composite[multiple]
  }
  say("{\"id\":" id ",\"value\":[" list "]}")
}
