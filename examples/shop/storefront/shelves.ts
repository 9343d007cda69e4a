import type { Reviews } from "../reviews/main.ts";
import type { Part, Shelf } from "./gather.ts";
import { type Html, html } from "./html.ts";
import { picture } from "./pictures.ts";

/** Every product, with a taste of its reviews. */
export function shelvesPage(shelves: Part<readonly Shelf[]>): Html {
  if ("missing" in shelves) return nothingToShow(shelves.missing);
  return html`<section class="intro"><h1>Six things, made well</h1>
<p>Thrown, glazed and fired in small batches. Each one carries a little iron and no two are the same.</p></section>
<section class="shelves">${shelves.value.map(card)}</section>`;
}

/** One product, with all its reviews. */
export function productPage(shelves: Part<readonly Shelf[]>): Html {
  if ("missing" in shelves) return nothingToShow(shelves.missing);
  const shelf = shelves.value[0];
  if (shelf === undefined)
    return html`<section class="intro"><h1>We don't make that</h1><p><a href="/">Back to the shelves</a></p></section>`;
  const { product, reviews, left } = shelf;
  return html`<article class="product">
  <div class="frame ${product.glaze}">${picture(product)}</div>
  <div><h1>${product.name}</h1><p class="about">${product.about}</p>
    <p class="price">€${product.price}</p>${order(product.sku, left)}</div>
</article>
<section class="reviews"><h2>What people say</h2>${
    "missing" in reviews
      ? html`<p class="away">Reviews are away for the moment (${reviews.missing}).</p>`
      : html`${average(reviews.value)}
<ul>${reviews.value.reviews.map(
          ({ reviewer, text, stars: count }) =>
            html`<li><p>“${text}”</p><p class="reviewer">${reviewer} ${count && stars(count, reviews.value.colour)}</p></li>`,
        )}</ul>`
  }</section>`;
}

function nothingToShow(why: string): Html {
  return html`<section class="intro"><h1>The shelves are being dusted</h1>
<p>The catalogue gives no answer just now (${why}). Please look in again in a moment.</p></section>`;
}

function card({ product, reviews, left }: Shelf): Html {
  const href = `/products/${product.sku}`;
  return html`<article class="card">
  <a class="frame ${product.glaze}" href="${href}">${picture(product)}</a>
  <div class="title"><h2><a href="${href}">${product.name}</a></h2><span class="price">€${product.price}</span></div>
  ${"missing" in reviews ? html`<p class="away">Reviews are away for the moment.</p>` : taste(reviews.value)}
  ${order(product.sku, left)}
</article>`;
}

function taste(reviews: Reviews): Html {
  const first = reviews.reviews[0];
  return html`<div class="taste">${average(reviews)}
  ${first && html`<blockquote>“${first.text}” <cite>${first.reviewer}</cite></blockquote>`}</div>`;
}

/** The stars of all reviews together; nothing for a version of `reviews` that has none. */
function average({ reviews, colour, ratingsMissing }: Reviews): Html {
  if (ratingsMissing !== undefined) return html`<p class="stars away">Ratings are away for the moment.</p>`;
  const given = reviews.map((review) => review.stars).filter((each) => each !== undefined);
  if (colour === undefined || given.length === 0) return html`<p class="stars none">${reviews.length} reviews</p>`;
  const mean = given.reduce((sum, each) => sum + each, 0) / given.length;
  return html`<p class="stars">${stars(mean, colour)} <span>${mean.toFixed(1)} from ${given.length}</span></p>`;
}

/** Five stars, `count` of them full; the last one may be full in part. */
function stars(count: number, colour: Reviews["colour"]): Html {
  const share = `${Math.round((count / 5) * 100)}%`;
  return html`<span class="five ${colour}" role="img" aria-label="${count} of 5 stars" style="--full:${share}">★★★★★</span>`;
}

function order(sku: string, left: Part<number>): Html {
  const none = "value" in left && left.value === 0;
  const count = "missing" in left ? "stock is away" : none ? "sold out, more on the way" : `${left.value} left`;
  const few = "value" in left && left.value <= 8 ? "few" : "";
  return html`<form class="order" method="post" action="/orders">
  <span class="left ${few}">${count}</span>
  <button name="sku" value="${sku}"${none ? html` disabled` : ""}>Order one</button></form>`;
}
