import { clientTls } from "#features/client-tls/index.ts";
import { connectionPool } from "#features/connection-pool/index.ts";
import { loadBalancing } from "#features/load-balancing/index.ts";
import { outlierDetection } from "#features/outlier-detection/index.ts";

/** The features of an upstream cluster; where two write one field, the later one counts. */
export const clusterFeatures = { loadBalancing, connectionPool, outlierDetection, clientTls };
