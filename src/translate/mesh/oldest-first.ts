import type { MeshObject } from "#api/object.ts";
import { byAge } from "#model/age.ts";

/** Objects in the order in which they count where they claim one thing. */
export function oldestFirst<T extends MeshObject>(objects: readonly T[]): readonly T[] {
  if (objects.length < 2) return objects;
  const aged = objects.map((object) => {
    return { object, key: object.key, createdAt: object.metadata.creationTimestamp ?? "" };
  });
  return aged.sort(byAge).map(({ object }) => object);
}
