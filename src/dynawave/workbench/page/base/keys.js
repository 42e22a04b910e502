/** Keyboard shortcuts: one place that knows them all, so that `?` can list them. */

import { h } from "./dom.js";
import { ask } from "./dialog.js";
import { t } from "./texts.js";

const shortcuts = [];

/** `key` as in KeyboardEvent.key, with "Ctrl+" or "Shift+" before it; `text` is the key of its description. */
export function shortcut(group, key, text, action) {
  shortcuts.push({ group, key, text, action });
}

function pressed(event) {
  const digit = event.shiftKey && event.code.match(/^Digit(\d)$/); // what a shifted digit writes depends on the keyboard
  const key = digit ? digit[1] : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shift = event.shiftKey && /^([a-z\d]|Arrow.*)$/.test(key) ? "Shift+" : "";
  return (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + shift + key;
}

function typing(target) {
  return target.closest("input:not([type=range]), textarea, select") !== null;
}

/** Keys that a focused control needs for itself. */
function forControl({ key, target }) {
  if (key === "Enter" || key === " ") return target.closest("button, a, summary") !== null;
  return key.startsWith("Arrow") && target.closest("[role=slider], [role=tablist], input[type=range]") !== null;
}

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || document.querySelector("dialog[open]") || typing(event.target) || forControl(event)) return;
    const found = shortcuts.find((each) => each.key === pressed(event));
    if (!found) return;
    event.preventDefault();
    found.action();
  });
}

/** The key as written on a keycap. */
function cap(key) {
  const named = { " ": t("key.space"), ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Delete: t("key.delete"),
    Enter: t("key.enter"), Escape: "Esc", Ctrl: t("key.ctrl"), Shift: "⇧", PageUp: t("key.PageUp"), PageDown: t("key.PageDown") };
  return key.split(/(?<=.)\+/).map((part) => h("kbd", {}, named[part] ?? part.toUpperCase()));
}

export function keyOf(text) {
  return shortcuts.find((each) => each.text === text)?.key.toUpperCase();
}

export function showShortcuts() {
  const groups = [...new Set(shortcuts.map((each) => each.group))];
  const section = (group) => h("section", {}, h("h3", {}, t(group)), h("dl", { class: "shortcuts" },
    shortcuts.filter((each) => each.group === group).map((each) => [h("dt", {}, cap(each.key)), h("dd", {}, t(each.text))])));
  return ask({ title: t("shortcuts"), accept: null, wide: true, body: h("div", { class: "shortcut-groups" }, groups.map(section),
    h("section", {}, h("h3", {}, t("keys.mouse")), h("dl", { class: "shortcuts" },
      ["left", "right", "wheel", "click"].map((each) => [h("dt", {}, t(`mouse.${each}`)), h("dd", {}, t(`mouse.${each}.does`))])))) });
}
