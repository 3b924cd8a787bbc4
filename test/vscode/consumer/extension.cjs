// Another extension, which takes the API as any extension would, and shows it to the tests. Runs in the extension host.
const vscode = require('vscode')

exports.activate = async context => {
  const headlessJobs = await vscode.extensions.getExtension('headless-jobs.headless-jobs').activate()
  return { headlessJobs, api: headlessJobs.getApi(1, { extensionId: context.extension.id }) }
}
