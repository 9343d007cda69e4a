export interface Review {
  readonly reviewer: string;
  readonly text: string;
}

export const reviewsOf: Readonly<Record<string, readonly Review[]>> = {
  teapot: [
    { reviewer: "Ingrid", text: "Not one drop on the table in a month." },
    { reviewer: "Tomasz", text: "The lid stays on, even when I don't." },
  ],
  cup: [
    { reviewer: "Amara", text: "My thumb found its place at once." },
    { reviewer: "Jason", text: "Bought one, came back for five." },
  ],
  bowl: [
    { reviewer: "Kenji", text: "The right size for one honest portion." },
    { reviewer: "Ingrid", text: "Survived the dishwasher and two children." },
  ],
  vase: [
    { reviewer: "Tomasz", text: "Falls over with sunflowers. Fine with anything else." },
    { reviewer: "Amara", text: "Makes a weed look invited." },
  ],
  jug: [
    { reviewer: "Jason", text: "Beautiful, and it leaks a little." },
    { reviewer: "Kenji", text: "Mine doesn't leak. Keeps water cold past noon." },
  ],
  plate: [
    { reviewer: "Amara", text: "Everything looks better on black." },
    { reviewer: "Tomasz", text: "Dropped it. The floor has a dent now." },
  ],
};
