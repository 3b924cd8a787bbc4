// Entry of the view's page.
import { Page, type VsCodeApi } from './page/page'

declare function acquireVsCodeApi(): VsCodeApi

new Page(document.body, acquireVsCodeApi()).start()
