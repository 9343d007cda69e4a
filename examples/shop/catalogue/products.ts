export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: number;
  readonly about: string;
  readonly glaze: "ash" | "cobalt" | "celadon" | "oxide" | "ochre" | "tenmoku";
}

export const products: readonly Product[] = [
  {
    sku: "teapot",
    name: "Morning teapot",
    price: 68,
    glaze: "celadon",
    about: "Holds three cups, pours without a drop.",
  },
  {
    sku: "cup",
    name: "Thumb cup",
    price: 19,
    glaze: "cobalt",
    about: "A dent where the thumb goes, no handle to break.",
  },
  {
    sku: "bowl",
    name: "Supper bowl",
    price: 27,
    glaze: "ochre",
    about: "Deep enough for soup, wide enough for noodles.",
  },
  { sku: "vase", name: "One-stem vase", price: 41, glaze: "oxide", about: "For the one good flower you brought home." },
  { sku: "jug", name: "Water jug", price: 52, glaze: "ash", about: "A litre and a half, and a lip that listens." },
  { sku: "plate", name: "Everyday plate", price: 23, glaze: "tenmoku", about: "Heavy, dark, forgiving of knives." },
];
