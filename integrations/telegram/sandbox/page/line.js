// The line to the sandbox: every action, and the news.
export async function call(action, fields = {}) {
  const response = await fetch(`/sandbox/${action}`, { method: "POST", body: JSON.stringify(fields) });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error);
  return body.result;
}

// Calls back at once and whenever something has changed; `told` hears whether the line stands.
export async function follow(changed, told = () => {}) {
  let version = -1;
  for (;;) {
    try {
      const response = await fetch(`/sandbox/changes?after=${version}&timeout=25`);
      ({ version } = await response.json());
      told(true);
      await changed();
    } catch {
      told(false);
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
    }
  }
}
