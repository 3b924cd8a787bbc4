"""How values, arrays among them, become messages and come back."""
