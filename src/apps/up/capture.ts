/** How a mesh gets hold of its workloads' traffic. */
export type Capture =
  /** The kernel leads it to the Envoys, in network namespaces that the mesh makes. */
  | "transparent"
  /** Applications listen and call where the mesh tells them to. */
  | "explicit";

/** What was asked for; `auto` is transparent where that is allowed. */
export type CaptureChoice = "auto" | Capture;
