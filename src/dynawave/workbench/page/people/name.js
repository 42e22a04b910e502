/** Under which name a person gives their word: that of their account, or the one they type on a computer without accounts. */

import { field } from "../base/dialog.js";
import { h, icon } from "../base/dom.js";
import { state } from "../base/state.js";
import { t } from "../base/texts.js";

/** For a dialog: a field, or where there is an account what it signs as. */
export function nameField() {
  const { me } = state;
  if (!me?.account) return field(t("name"), h("input", { name: "name", type: "text", required: true, maxlength: 200, autocomplete: "name" }));
  return h("p", { class: "aid" }, icon("person"), h("span", {}, t("name.account", { name: signer(me.full_name || me.name, me.name) })));
}

/** Name and, where it is another, the account. */
export function signer(name, account) {
  return !account || account === name ? name : `${name} (${account})`;
}
