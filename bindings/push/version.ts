// Who sends, as the header User-Agent says it.

/** That of package.json: a test compares them. */
export const USER_AGENT = "tallystick/0.1.0";
