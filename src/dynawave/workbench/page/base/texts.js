/** Every word that is shown, in the reader's language: texts/de.json and texts/en.json. */

export const LANGUAGES = ["en", "de"];
const KEPT = "dynawave.language";

let texts = {};
export let language = "en";

export async function loadTexts() {
  const wanted = localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
  language = LANGUAGES.includes(wanted) ? wanted : "en";
  texts = await (await fetch(`texts/${language}.json`)).json();
  document.documentElement.lang = language;
}

/** The page is drawn once from its texts, so another language is another start; the address keeps the film. */
export function changeLanguage(chosen) {
  localStorage.setItem(KEPT, chosen);
  location.reload();
}

export function t(key, values = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export function has(key) {
  return key in texts;
}

export function number(value, digits = 0) {
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A number as typed by a person, with a comma or a point; null for an empty field, NaN for none. */
export function typedNumber(text) {
  return text.trim() === "" ? null : Number(text.trim().replace(",", "."));
}

/** The same the other way round. */
export function asTyped(value) {
  return value.toLocaleString(language, { maximumFractionDigits: 4, useGrouping: false });
}

export function when(iso) {
  return new Date(iso).toLocaleString(language, { dateStyle: "short", timeStyle: "short" });
}
