export async function runProxyConfig(_part: string, _workload: string, _flags: object): Promise<void> {}
