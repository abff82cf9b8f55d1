/** A network between workers and their server that can be cut: with a word to both sides, or without one. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Proxy {
  readonly port: number;
  /** `refused`: connections break, and new ones do not come about; `silent`: nothing arrives, and nobody is told. */
  readonly cut: (how: 'refused' | 'silent') => void;
  readonly mend: () => void;
  readonly close: () => void;
}

export const proxyTo = (target: number): Promise<Proxy> =>
  new Promise((resolve) => {
    const pairs = new Set<readonly [Socket, Socket]>();
    let state: 'whole' | 'refused' | 'silent' = 'whole';
    const server: Server = createServer((near) => {
      if (state === 'refused') {
        near.destroy();
        return;
      }
      const far = connect(target, '127.0.0.1');
      const pair = [near, far] as const;
      pairs.add(pair);
      for (const [from, to] of [pair, [far, near] as const]) {
        from.on('data', (part) => {
          // What was on its way when the cable was pulled is lost, and the connection with it: it can never be whole again.
          if (state === 'whole') to.write(part);
        });
        from.on('error', () => undefined);
        from.on('close', () => {
          to.destroy();
          pairs.delete(pair);
        });
      }
    });
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: address === null || typeof address === 'string' ? 0 : address.port,
        cut: (how) => {
          state = how;
          if (how === 'refused') for (const pair of pairs) for (const socket of pair) socket.destroy();
        },
        mend: () => {
          // Bytes of these are missing.
          if (state === 'silent') for (const pair of pairs) for (const socket of pair) socket.destroy();
          state = 'whole';
        },
        close: () => {
          server.close();
          for (const pair of pairs) for (const socket of pair) socket.destroy();
        },
      });
    });
  });
