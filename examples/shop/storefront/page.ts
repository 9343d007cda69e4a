import { readFileSync } from "node:fs";
import type { ServedBy } from "../wires/identity.ts";
import { Html, html } from "./html.ts";

/** Who looks at a page, as their cookies say. */
export interface Visitor {
  readonly user: string | undefined;
  /** They asked to see what is new. */
  readonly preview: boolean;
}

const style = new Html(readFileSync(new URL("style.css", import.meta.url), "utf8"));
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M3 6h10c0 5-2 8-5 8S3 11 3 6z' fill='%23b5563c'/%3E%3C/svg%3E";

/** The part of every page above what it is about. Ends inside `main`, so that a page can be sent as it grows. */
export function pageHead(title: string, visitor: Visitor): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${icon}">
<style>${style}</style>
</head>
<body>
<header class="top">
  <a class="brand" href="/">Lera<span>stoneware for every day</span></a>
  <form class="preview" method="post" action="/preview">
    <button class="quiet" name="preview" value="${visitor.preview ? "off" : "on"}" aria-pressed="${String(visitor.preview)}">
      ${visitor.preview ? "Leave the preview" : "Preview what is new"}</button>
  </form>
  ${visitor.user === undefined ? signIn : signedIn(visitor.user)}
</header>
<main>
`.markup;
}

const signIn = html`<form class="who" method="post" action="/sign-in">
    <input name="user" aria-label="Your name" placeholder="Your name, say jason" maxlength="20" pattern="[A-Za-z]+" required>
    <button class="quiet">Sign in</button>
  </form>`;

function signedIn(user: string): Html {
  return html`<form class="who" method="post" action="/sign-out"><span>Hello, <b>${user}</b></span>
    <button class="quiet">Sign out</button></form>`;
}

/** The end of every page: which versions of which services it was made by, and who did not answer. */
export function pageFoot(servedBy: readonly ServedBy[], missing: ReadonlyMap<string, string>): string {
  const answers = Map.groupBy(servedBy, (entry) => entry.split("/").slice(0, 2).join(" "));
  const names = [...answers.keys()].sort();
  return html`</main>
<footer class="made-by"><span class="lead">This page was made by</span>
  <ul>${names.map((name) => chip(name, answers.get(name)!))}
  ${[...missing].map(([service, why]) => html`<li class="chip missing" title="${why}">${service} <b>no answer</b></li>`)}</ul>
</footer>
</body>
</html>
`.markup;
}

function chip(name: string, answers: readonly ServedBy[]): Html {
  const [service, version] = name.split(" ");
  const instances = [...new Set(answers.map((entry) => entry.split("/")[2]))].join(", ");
  const times = answers.length > 1 && html`<i>×${answers.length}</i>`;
  return html`<li class="chip ${version}" title="${instances}">${service} <b>${version}</b>${times}</li>`;
}
