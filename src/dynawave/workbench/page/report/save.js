/** Hand content to the browser as a file that is named after the film. */

import { h } from "../base/dom.js";

export function saveAs(blob, filmName, kind) {
  const link = h("a", { href: URL.createObjectURL(blob), download: `${filmName.replace(/\.\w+$/, "")}.${kind}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
