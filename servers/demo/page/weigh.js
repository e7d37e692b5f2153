// How many bytes travel, as well as a page can know: by counting what it can see, and by formula.

const encoder = new TextEncoder();

// An opening request's answer, which no page gets to see: 101 Switching Protocols, or the head of a stream.
export const OPENING_ANSWER = 200;

export function utf8(text) {
  return encoder.encode(text).length;
}

// What a POST of `json` has that a GET does not: its method, three headers, its body.
export function posted(json, origin) {
  const length = utf8(json);
  const headers = `Content-Length: ${length}\r\nContent-Type: application/json\r\nOrigin: ${origin}\r\n`;
  return "POST".length - "GET".length + headers.length + length;
}

// An HTTP/1.1 answer without its body: status line, headers, blank line.
export function head(response) {
  let total = `HTTP/1.1 ${response.status} ${response.statusText}\r\n\r\n`.length;
  for (const [name, value] of response.headers) total += name.length + value.length + 4;
  return total;
}

// The body as it came, which compression may have made shorter than its text.
export function body(response, text) {
  const told = response.headers.get("content-length");
  return told === null ? utf8(text) : Number(told);
}

// A frame with `length` bytes of payload (RFC 6455, section 5.2); what a browser sends is masked.
export function frame(length, masked = false) {
  const extended = length < 126 ? 0 : length < 65536 ? 2 : 8;
  return 2 + extended + (masked ? 4 : 0) + length;
}

// An event of a stream, in a chunk of its own (RFC 9112, section 7.1).
export function streamed(id, data) {
  const length = utf8(`id: ${id}\ndata: ${data}\n\n`);
  return length.toString(16).length + 4 + length;
}
