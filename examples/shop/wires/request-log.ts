/** Says what became of a request, where `LOG=requests` asks for it; the shopper's summary is enough for most. */
export function logRequest(line: string): void {
  if (process.env.LOG === "requests") console.log(line);
}
