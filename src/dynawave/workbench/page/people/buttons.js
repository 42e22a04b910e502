/** Who is signed in, their account, and the way out; nothing on a PC of one's own. */

import { api } from "../base/api.js";
import { h, icon } from "../base/dom.js";
import { tell } from "../base/notice.js";
import { state } from "../base/state.js";
import { t } from "../base/texts.js";
import { showAccount } from "./account.js";

export function personButtons() {
  if (!state.me?.account) return [];
  const leave = async () => {
    await tell(api.logout);
    location.reload();
  };
  return [
    h("button", { class: "plain small person", title: t("account"), on: { click: showAccount } }, icon("person"), state.me.name,
      h("span", { class: "meta" }, t(`role.${state.me.role}`))),
    h("button", { class: "plain small", on: { click: leave } }, t("logout")),
  ];
}
