// SPDX-License-Identifier: Apache-2.0
// Talking to the service this page came from.

/** A request the service refused; `detail` holds its {field, expected, got} objects. */
export class Refused extends Error {
  constructor(sentence, detail = []) {
    super(sentence);
    this.detail = detail;
  }
}

/** Fetch JSON. Throws Refused with a sentence for the reader whatever goes wrong. */
export async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refused("The service can't be reached.");
  }
  let answer;
  try {
    answer = await response.json();
  } catch {
    throw new Refused(`The service answered with status ${response.status} and no explanation.`);
  }
  if (!response.ok) throw new Refused(answer.error ?? `The service answered with status ${response.status}.`, answer.detail);
  return answer;
}
