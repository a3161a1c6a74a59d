// The end of a Response: when its body has been sent, as far as that can be known without changing what is sent.
//
// A server tells of no end (but Deno's, see fetch.ts), so a body whose end is waited for is read through a stream of ours, which
// hands on the chunks as they are. That makes another Response of it, and costs it its known length: so it is done for
// streams alone. Which bodies are streams is seldom told. Bodies that are texts, bytes or files are streams of bytes in every
// runtime that follows the standard, and streams that programs make are not, unless they ask for it: what gives no reader that
// brings its own buffer is one. To ask for that reader and let go of it changes nothing (Node, workerd). In Bun the mere look at
// `body` changes the type of a text, so there the head has to say so, or the application.

/** Types of which each response is a stream. */
const STREAMED = /^(?:text\/event-stream|application\/(?:x-ndjson|jsonl|json-seq)|multipart\/x-mixed-replace)\b/i;

let typed: boolean | undefined;

/** Whether a Response of a text has the type that the standard gives it: it has none in Bun until it is sent. */
function isStandard(): boolean {
  return (typed ??= new Response("").headers.has("content-type"));
}

/** True for a stream that a program made; false where there is no telling. */
function isMade(body: ReadableStream): boolean {
  try {
    body.getReader({ mode: "byob" }).releaseLock();
    return false;
  } catch {
    return !body.locked;
  }
}

/** Whether the end of a Response is that of a stream. */
export function isStream(response: Response): boolean {
  const { headers } = response;
  // What is compressed already would be compressed once more by workerd.
  if (headers.has("content-encoding") || headers.has("content-length")) return false;
  if (headers.has("transfer-encoding") || STREAMED.test(headers.get("content-type") ?? "")) return true;
  return isStandard() && response.body !== null && isMade(response.body);
}

/** How a body's end is told of. What reads the body keeps this alive, and nothing else does. */
class End {
  readonly #tell: (aborted: boolean) => void;

  constructor(tell: (aborted: boolean) => void) {
    this.#tell = tell;
  }

  tell(aborted: boolean): void {
    abandoned?.unregister(this);
    this.#tell(aborted);
  }
}

/** Responses that nobody read to their end, nor cancelled, and that are gone: as where another middleware answered instead. */
const abandoned = typeof FinalizationRegistry === "function" ? new FinalizationRegistry<() => void>((tell) => tell()) : undefined;

/** The same chunks, one for each that is asked for. */
function through(body: ReadableStream, end: End): ReadableStream {
  const reader = body.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) {
            controller.enqueue(value);
            return;
          }
        } catch (error) {
          end.tell(true);
          throw error;
        }
        end.tell(false);
        controller.close();
      },
      cancel(reason) {
        end.tell(true);
        return reader.cancel(reason);
      },
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  );
}

/**
 * The same response, whose body tells of its end; undefined where it has none that can be read. `lost` hears that it is gone with its end
 * untold: it must not lead to the response, or that is never gone.
 */
export function streamed(response: Response, ended: (aborted: boolean) => void, lost: () => void): Response | undefined {
  const { body } = response;
  if (body === null || body.locked) return undefined;
  const end = new End(ended);
  const same = new Response(through(body, end), response);
  abandoned?.register(end, lost, end);
  return same;
}
