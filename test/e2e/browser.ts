/** As much of a browser as our pages need: it keeps cookies, sends forms with their origin, and follows nothing by itself. */
export class Browser {
  private readonly cookies: Map<string, string>;

  /** `like`: with the cookies that another has now. */
  constructor(
    private readonly origin: string,
    like?: Browser,
  ) {
    this.cookies = new Map(like?.cookies);
  }

  get(url: string) {
    return this.send(url, { method: 'GET' });
  }

  post(url: string, form: Record<string, string> | string, headers: Record<string, string> = {}) {
    const body = typeof form === 'string' ? form : new URLSearchParams(form).toString();
    return this.send(url, { method: 'POST', body, headers: { origin: this.origin, 'content-type': 'application/x-www-form-urlencoded', ...headers } });
  }

  signIn(email: string, password: string, next: string) {
    return this.post(`${this.origin}/sign-in?${new URLSearchParams({ next })}`, { email, password });
  }

  /** What the page's form carries unseen. */
  formToken(page: string): string {
    return /name="token" value="([^"]+)"/.exec(page)?.[1] ?? '';
  }

  private async send(url: string, init: RequestInit) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) }, redirect: 'manual' });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      this.cookies.set(name, value);
    }
    return { status: response.status, headers: response.headers, location: response.headers.get('location'), text: await response.text() };
  }
}
