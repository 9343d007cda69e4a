/**
 * Reviews, in three versions to route between:
 * v1 shows no stars, v2 black ones, v3 golden ones. v2 and v3 ask `ratings` for them over HTTP.
 */
import { addressOf } from "../wires/address.ts";
import { getJson, NoAnswer } from "../wires/http-client.ts";
import { type Ask, json, serveHttp } from "../wires/http-server.ts";
import { version } from "../wires/identity.ts";
import { type Review, reviewsOf } from "./texts.ts";

/** What this service answers. */
export interface Reviews {
  /** `stars` is `undefined` where the version shows none, or nobody rated. */
  readonly reviews: readonly (Review & { readonly stars?: number })[];
  /** `undefined` in the version that shows no stars. */
  readonly colour?: "black" | "gold";
  /** Why stars are missing though this version shows them. */
  readonly ratingsMissing?: string;
}

const ratingsUrl = process.env.RATINGS_URL ?? `http://${addressOf("ratings", 9080)}`;
const colours: Readonly<Record<string, "black" | "gold">> = { v2: "black", v3: "gold" };
const colour = colours[version];

serveHttp("reviews", 9080, {
  "GET /reviews/:sku": (ask) => (colour === undefined ? plain(ask) : starred(ask, colour)),
});

function plain({ params }: Ask) {
  return json({ reviews: reviewsOf[params.sku ?? ""] ?? [] } satisfies Reviews);
}

/** Reviews without their stars are better than none, so a failure of `ratings` is told and not passed on. */
async function starred({ params, passedOn }: Ask, colour: "black" | "gold") {
  const reviews = reviewsOf[params.sku ?? ""] ?? [];
  try {
    const ratings = await getJson<Record<string, number>>(`${ratingsUrl}/ratings/${params.sku}`, passedOn);
    const rated = reviews.map((review) => ({ ...review, stars: ratings.value[review.reviewer] }));
    return json({ reviews: rated, colour } satisfies Reviews, ratings.servedBy);
  } catch (reason) {
    if (!(reason instanceof NoAnswer)) throw reason;
    return json({ reviews, colour, ratingsMissing: reason.message } satisfies Reviews);
  }
}
