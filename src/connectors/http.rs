//! A server, credentials and a question enter; JSON leaves, or the reason why there is none. Redirects are not followed, waits and
//! sizes are limited, and credentials go only to the address that they were given for.

use std::io::Read as _;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Uri;

use super::Request;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// The largest answer that is read, in bytes (unpacked).
const MAX_ANSWER: u64 = 32 << 20;

/// The variables with address and credentials of one kind of server.
pub(super) struct Variables {
    pub(super) url: &'static str,
    pub(super) token: &'static str,
    pub(super) user: &'static str,
    pub(super) password: &'static str,
}

/// A server that can be asked.
pub(super) struct Server {
    agent: Agent,
    base: String,
    host: String,
    authorization: Option<String>,
    secrets: Vec<String>,
}

/// A server's address in parts that can be compared.
#[derive(PartialEq)]
struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

fn origin(address: &str) -> Result<Origin, String> {
    let uri: Uri = address.parse().map_err(|_| "its address cannot be read".to_owned())?;
    let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"));
    let scheme = scheme.ok_or("its address begins with neither https:// nor http://")?.to_owned();
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("its address holds a user or password; they belong into the environment".to_owned());
    }
    let host = uri.host().ok_or("its address has no host")?.to_lowercase();
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Ok(Origin { scheme, host, port })
}

impl Server {
    /// The server that the manifest names; `true`, `env` or nothing there means the one of the environment.
    pub(super) fn of(named: &str, variables: &Variables, request: &Request<'_>) -> Result<Self, String> {
        let environment = request.environment;
        let get = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
        let own = get(variables.url);
        let address = match named {
            "env" | "true" | "" => own.clone().ok_or_else(|| format!("{} is not set", variables.url))?,
            named => named.to_owned(),
        };
        let origin_of = origin(&address)?;
        let authorization = match (get(variables.token), get(variables.user).zip(get(variables.password))) {
            (Some(token), _) => Some((format!("Bearer {}", token.trim()), vec![token])),
            (None, Some((user, password))) => {
                Some((format!("Basic {}", base64(format!("{user}:{password}").as_bytes())), vec![password]))
            }
            (None, None) => None,
        };
        // Whoever writes the manifest chooses the server, and must not thereby choose who gets the credentials.
        let meant = own.as_deref().and_then(|own| origin(own).ok()).is_some_and(|own| own == origin_of);
        let (authorization, secrets) = authorization.filter(|_| meant).unzip();
        if authorization.is_some() && origin_of.scheme == "http" && !is_local(&origin_of.host) {
            return Err("credentials are not sent without TLS; use an https:// address".to_owned());
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(request.patience))
            .timeout_connect(Some(CONNECT.min(request.patience)))
            .user_agent("aipp")
            .build()
            .new_agent();
        let base = address.trim_end_matches('/').to_owned();
        Ok(Self { agent, base, host: origin_of.host, authorization, secrets: secrets.unwrap_or_default() })
    }

    /// Asks with GET.
    pub(super) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, String> {
        let mut request = self.agent.get(format!("{}{path}", self.base)).header("Accept", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        for (name, value) in query {
            request = request.query(*name, *value);
        }
        self.answer(request.call())
    }

    /// Asks with POST.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let mut request = self
            .agent
            .post(format!("{}{path}", self.base))
            .header("Accept", "application/json")
            .header("Content-Type", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        self.answer(request.send(body.to_string()))
    }

    fn answer(&self, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, String> {
        let host = &self.host;
        let failed = |error: &dyn std::fmt::Display| self.clean(&format!("{host}: {error}"));
        let mut answer = answer.map_err(|error| failed(&error))?;
        let status = answer.status();
        if status.is_redirection() {
            return Err(format!(
                "{host} redirects to another address ({status}); redirects are not followed, name the address itself"
            ));
        }
        let mut bytes = Vec::new();
        let read = answer.body_mut().as_reader().take(MAX_ANSWER + 1).read_to_end(&mut bytes);
        read.map_err(|error| failed(&error))?;
        if bytes.len() as u64 > MAX_ANSWER {
            return Err(format!("{host} answers with more than {} MiB", MAX_ANSWER >> 20));
        }
        if !status.is_success() {
            let said = serde_json::from_slice::<Value>(&bytes).ok();
            let said = said.as_ref().and_then(|v| ["error", "message"].iter().find_map(|key| v.get(key)?.as_str()));
            let said: String = said.map(|text| format!(": {text}")).unwrap_or_default().chars().take(300).collect();
            return Err(self.clean(&format!("{host} answers {status}{said}")));
        }
        serde_json::from_slice(&bytes).map_err(|_| format!("{host} answers with something that is no JSON"))
    }

    fn clean(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "…"))
    }
}

fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Base64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|part| {
            let word =
                part.iter().enumerate().fold(0_usize, |word, (i, byte)| word | usize::from(*byte) << (16 - 8 * i));
            (0..4).map(move |i| match i <= part.len() {
                true => char::from(LETTERS[word >> (18 - 6 * i) & 63]),
                false => '=',
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (text, is) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text.as_bytes()), is);
        }
    }

    #[test]
    fn an_address_with_a_password_or_another_scheme_is_refused() {
        for address in ["http://u:p@h/", "https://u@h", "file:///etc/passwd", "ftp://h", "h", ""] {
            assert!(origin(address).is_err(), "{address}");
        }
        assert!(origin("HTTPS://H:443/x").ok() == origin("https://h").ok());
    }
}
