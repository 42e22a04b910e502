/** The field for a new password. */

import { field } from "../base/dialog.js";
import { h } from "../base/dom.js";
import { t } from "../base/texts.js";

const LEAST = 12;

export function passwordField() {
  return field(t("accounts.password"), h("input", { name: "password", type: "password", required: true, minlength: LEAST, autocomplete: "new-password" }));
}
