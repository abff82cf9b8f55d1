/**
 * The worker in which everything is trained. tfjs waits for a frame between two batches; a worker has no picture to draw, and is to go
 * on while its tab is hidden, so that a message takes the place of the frame. tfjs looks for it when it is loaded: hence the late import.
 */
import { type Request } from '../model/messages';

const waiting: FrameRequestCallback[] = [];
const channel = new MessageChannel();
channel.port1.onmessage = () => waiting.shift()?.(performance.now());
globalThis.requestAnimationFrame = (callback) => {
  channel.port2.postMessage(undefined);
  return waiting.push(callback);
};

const serving = import('./serve');
globalThis.onmessage = ({ data }: MessageEvent<Request>) => {
  void serving.then(({ answer }) => answer(data));
};
