import { readFileSync } from "node:fs";
import { Page, type Routes } from "../api/http.ts";

const files: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/page.js": ["page.js", "text/javascript; charset=utf-8"],
  "/page.css": ["page.css", "text/css; charset=utf-8"],
};

/** The page that shows who is in the mesh and how up to date they are, for a browser. */
export function dashboardRoutes(): Routes {
  const pages = Object.entries(files).map(([path, [file, type]]) => {
    const handler = () => new Page(type, readFileSync(new URL(file, import.meta.url), "utf8"));
    return [`GET ${path}`, handler] as const;
  });
  return Object.fromEntries(pages);
}
