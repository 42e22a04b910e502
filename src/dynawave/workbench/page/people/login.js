/** The way in, where the server runs for a team. */

import { api, ApiError } from "../base/api.js";
import { h, icon } from "../base/dom.js";
import { field } from "../base/dialog.js";
import { t } from "../base/texts.js";

/** Also the answer to a wrong password asks for a login; one that is there already stays, with what it says. */
export function showLogin() {
  if (document.querySelector(".login-page")) return;
  const wrong = h("p", { class: "wrong-text", role: "alert" });
  const form = h("form", { class: "login", "aria-label": t("login") },
    h("h1", {}, icon("wave"), "DynaWave"),
    field(t("login.name"), h("input", { name: "name", type: "text", required: true, autocomplete: "username", autofocus: true })),
    field(t("login.password"), h("input", { name: "password", type: "password", required: true, autocomplete: "current-password" })),
    wrong, h("button", { type: "submit", class: "primary" }, t("login")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { name, password } = Object.fromEntries(new FormData(form));
    try {
      await api.login(name, password);
      location.reload();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      wrong.textContent = error.message;
      form.elements.password.select();
    }
  });
  document.body.replaceChildren(h("div", { class: "login-page" }, form));
}
