// A button of one icon, which its tooltip names.
import { html, type TemplateResult } from 'lit-html'

/** @param icon the name of a codicon */
export function tool(
  name: string,
  icon: string,
  press: (event: MouseEvent) => void,
  isDisabled = false,
): TemplateResult {
  return html`<button class="tool" aria-label=${name} title=${name} ?disabled=${isDisabled} @click=${press}>
    <i class="codicon codicon-${icon}"></i>
  </button>`
}
