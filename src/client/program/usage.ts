// What `myq-signin --help` says.

export const usage = `usage: myq-signin SERVER [OPTIONS]            sign in and print the access token
       myq-signin sign-out SERVER [OPTIONS]   end the sign-in that --mode private kept
       myq-signin trust list [--json]         certificates that were accepted
       myq-signin trust remove HOST[:PORT] [--fingerprint HEX]

SERVER is the gateway by its full name, as in print.example.com (port 8090) or https://print.example.com:8090.

  myq-signin print.example.com --verbose      tell each step: which way was tried, and why it was passed over
  curl -H "Authorization: Bearer $(myq-signin print.example.com)" https://print.example.com:8090/api/auth/userinfo

Ways in, tried in this order:
  --methods windows,entra,browser   windows: the Kerberos ticket of who is signed in to the computer; entra: his
                                    Entra ID account; browser: the login page in the system's browser
  --channel-binding always          bind the Kerberos sign-in to the connection, also where it is not asked for (Linux)
  --ntlm-user 'DOMAIN\\NAME'         where there is no ticket, and the gateway offers NTLM, use it as this user;
                                    needs --password-stdin
  --password-stdin                  read the password for it from standard input
  --tenant-id ID --entra-client-id ID [--authority URL]
                                    the Entra ID tenant and application; without them entra is passed over
  --no-browser                      print the address of the login page instead of opening it
  --timeout SECONDS                 how long the browser is waited for (default 300)

What for:
  --client-id ID                    default myq-desktop-client
  --scope 'A B'                     default: all that the user has
  --mode public|private             public (default): nothing is kept; private: the sign-in is kept for the next time

Whom to trust:
  --validation strict|normal        strict (default): the server's certificate must be in order. normal: you are asked
                                    about one that is not; without a terminal what was not accepted before is refused
  --ca-file FILE                    the authorities, in PEM, instead of those of this computer
  --cert-store FILE                 where accepted certificates are kept
                                    (default %ProgramData%\\MyQ\\Desktop Client\\cert.store on Windows,
                                    ~/Library/Application Support/MyQ/Desktop Client/cert.store on macOS,
                                    ~/.local/share/myq/desktop-client/cert.store elsewhere)
  --connect-to HOST[:PORT]          connect there; the certificate must still be for SERVER

What is printed:
  --claims                          what the token says, verified, instead of the token
  --json                            all of it as JSON; of a failure its reason
  --verbose                         each step, on standard error

Exit codes: 0 signed in (or done), 1 not signed in (or it failed), 2 wrong use.
`;
