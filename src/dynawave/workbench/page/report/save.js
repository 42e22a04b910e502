/** Hand content to the browser as a file `name`, often that of a film, with `kind` in place of its suffix. */

import { h } from "../base/dom.js";

export function saveAs(blob, name, kind) {
  const link = h("a", { href: URL.createObjectURL(blob), download: `${name.replace(/\.\w+$/, "")}.${kind}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
