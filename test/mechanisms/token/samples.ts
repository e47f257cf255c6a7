// Tokens that MIT libgssapi 1.20 really sent for HTTP/print.myq.test in a throw-away realm; its keys are gone with it.

const bytes = (...lines: readonly string[]): Uint8Array => Buffer.from(lines.join(''), 'base64');

/** gss_init_sec_context with the Kerberos mechanism. */
export const mitKerberos = bytes(
  'YIICxgYJKoZIhvcSAQICAQBuggK1MIICsaADAgEFoQMCAQ6iBwMFACAAAACjggHMYYIByDCCAcSgAwIBBaEKGwhNWVEuVEVTVKIhMB+gAwIBA6EYMBYbBEhU',
  'VFAbDnByaW50Lm15cS50ZXN0o4IBjDCCAYigAwIBEqEDAgECooIBegSCAXbrNtQm3fmZmrIwta0DWx8n2KlYgQdeq89CE5ZHuOE7Vv6AgrZrqpze2JGHau7P',
  '4BLhdTI7H9RMA+jbWp8s56Kt6VXZciNhX1mpjILmwi3UAeoWdB/JPsFdcerHC+Mf1pYGWOxf5MsQ5Py/rd3TnG+ScOqUvP5EnXr+sDxaEO3LLZwqjSo5Pym5',
  'BXtcJmE6LYfa5/ZJN86iKnPPygSo2P4DL+l9ChdVpBsrf4x+7Xo/qcTphK5mCuhigasl6lbfFwTFi50pxzFg0uNW5rmczeUKuoU97n4ViHcm/pViO6pz6QfX',
  'lLNllOWAvQilwUfNzWpf/2k7u23nfRJkZRC1PH96EBo/hqOJInz3kVe3wpNU0zBZmoxHmzYVQ2HJJYyEHgjX9sJbVTkBk0GZOOHgkpw7h9TpmQOBV9anoSIR',
  'UmSznheTjFSGeUslg+seBhmA4IrsrxFUMzbBtSLTvgqxJhWc2cvlnREX/1eRsHVg4QbnWBpfRd98ZqSByzCByKADAgESooHABIG9ajiFS+BC6Q4rMEPH4g+1',
  'wvmsEyFzq2qb1cdo7FwCoaY4WkpqJODLtDb2DmhI4gKRuQzm6cbW/hzQC/jQvyW4P8msFG3hGDheo8CCm7YArtZ7hZSQKXePwYBclgnH7+FjsJW6E/z9AUFI',
  'wvImNefLV7SoebX+MNnD1YXJa7ySEXhWx3Kba5tHuEZwTui7T6bYvmhxW6dx75TYZTJYZ99hK4ZW+kcWxIDjwnPHBfV7ycMM3BsjWv6moQ09+fMH',
);

/** gss_init_sec_context with SPNEGO. */
export const mitSpnego = bytes(
  'YIIC8QYGKwYBBQUCoIIC5TCCAuGgDTALBgkqhkiG9xIBAgKiggLOBIICymCCAsYGCSqGSIb3EgECAgEAboICtTCCArGgAwIBBaEDAgEOogcDBQAgAAAAo4IB',
  'zGGCAcgwggHEoAMCAQWhChsITVlRLlRFU1SiITAfoAMCAQOhGDAWGwRIVFRQGw5wcmludC5teXEudGVzdKOCAYwwggGIoAMCARKhAwIBAqKCAXoEggF26zbU',
  'Jt35mZqyMLWtA1sfJ9ipWIEHXqvPQhOWR7jhO1b+gIK2a6qc3tiRh2ruz+AS4XUyOx/UTAPo21qfLOeirelV2XIjYV9ZqYyC5sIt1AHqFnQfyT7BXXHqxwvj',
  'H9aWBljsX+TLEOT8v63d05xvknDqlLz+RJ16/rA8WhDtyy2cKo0qOT8puQV7XCZhOi2H2uf2STfOoipzz8oEqNj+Ay/pfQoXVaQbK3+Mfu16P6nE6YSuZgro',
  'YoGrJepW3xcExYudKccxYNLjVua5nM3lCrqFPe5+FYh3Jv6VYjuqc+kH15SzZZTlgL0IpcFHzc1qX/9pO7tt530SZGUQtTx/ehAaP4ajiSJ895FXt8KTVNMw',
  'WZqMR5s2FUNhySWMhB4I1/bCW1U5AZNBmTjh4JKcO4fU6ZkDgVfWp6EiEVJks54Xk4xUhnlLJYPrHgYZgOCK7K8RVDM2wbUi074KsSYVnNnL5Z0RF/9XkbB1',
  'YOEG51gaX0XffGakgcswgcigAwIBEqKBwASBvf2g7THe4xvcKJWMUvFawscUiL5aahLLaRlR0G153LjAHh28TXTYhjaFTdkM3HgLZn0ud2t/35BPz89RyiVr',
  'HRRXkpUsH1LnzkjoElMkf1VXPntZNQQ8aYV3CP/36WbGBmy/NZX4v5zBgYNDHw9v67E6WBBTPW7KiGmhZPjvQmBpraXrcua1phjUJQx3QjFSuZEJGIyGYl7o',
  'gXPWIOtrv2fMyhYBBBkyJ9W9BatqC6vFyW5rVPz3ZnRCH31OgA==',
);
