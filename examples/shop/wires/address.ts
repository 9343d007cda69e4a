/**
 * Where to call a service, as `host:port`: by its name, or where the environment says, as in Kubernetes
 * (`ORDERS_SERVICE_HOST`, `ORDERS_SERVICE_PORT`).
 */
export function addressOf(service: string, port: number): string {
  const name = service.toUpperCase();
  const { [`${name}_SERVICE_HOST`]: host = service, [`${name}_SERVICE_PORT`]: said = port } = process.env;
  return `${host}:${said}`;
}
