//! A `postgres://` address and the environment enter; where to connect, as whom and how well protected leaves. What is shown has no secret.
//!
//! The variables and files are those that every PostgreSQL client knows (PGHOST, PGPASSWORD, PGSERVICE, a passfile …).

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use postgres::Config;
use postgres::config::{Host, SslMode};

use crate::diagnostic::{Code, Diagnostic, visible};

/// How long a connection may take when nothing else is said, in seconds.
const CONNECT_SECONDS: u64 = 10;

/// Looks up a variable of the environment; the library does not read it by itself.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How the connection is protected. Where there is TLS, certificate and name are always verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// Nothing: it was asked for.
    Plain,
    /// TLS where the server has it; only on this machine.
    Preferred,
    /// TLS, or nothing is sent.
    Required,
}

/// Where a database is.
#[derive(Clone)]
pub struct Address {
    pub(super) config: Config,
    pub(super) protection: Protection,
    /// A file with the authorities that are trusted, instead of those of the machine.
    pub(super) authorities: Option<PathBuf>,
    shown: String,
    secrets: Vec<String>,
}

/// Without what is secret.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Address").field(&self.shown).finish()
    }
}

/// Whether an address is one of PostgreSQL.
#[must_use]
pub fn is_postgres(address: &str) -> bool {
    address.starts_with("postgres://") || address.starts_with("postgresql://")
}

/// The parts of an address that are used here before the rest is read by the client library.
struct Parts<'a> {
    /// Between the scheme and the path: `user:password@host:port`.
    authority: &'a str,
    /// The path, from its slash.
    path: &'a str,
    /// `name=value` pairs.
    query: Vec<(&'a str, &'a str)>,
}

impl<'a> Parts<'a> {
    fn of(address: &'a str) -> Option<Self> {
        let (_, rest) = address.split_once("://")?;
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        // A password may hold anything, also a slash that should have been encoded: the host begins after the last `@`.
        let host = before.rfind('@').map_or(0, |at| at + 1);
        let slash = before[host..].find('/').map_or(before.len(), |at| host + at);
        let (authority, path) = before.split_at(slash);
        let query = query.split('&').filter(|pair| !pair.is_empty());
        Some(Self { authority, path, query: query.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect() })
    }

    fn user_and_password(&self) -> (Option<&'a str>, Option<&'a str>) {
        let Some((who, _)) = self.authority.rsplit_once('@') else { return (None, None) };
        match who.split_once(':') {
            Some((user, password)) => (Some(user), Some(password)),
            None => (Some(who), None),
        }
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.query.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }
}

/// An address as it may be shown: without password and options.
#[must_use]
pub fn without_secrets(address: &str) -> String {
    let Some(parts) = Parts::of(address) else { return "the store".to_owned() };
    let host = parts.authority.rsplit_once('@').map_or(parts.authority, |(_, host)| host);
    let user = parts.user_and_password().0.filter(|user| !user.is_empty()).map(|user| format!("{user}@"));
    format!("postgres://{}{host}{}", user.unwrap_or_default(), parts.path)
}

/// Whether an address holds a password.
#[must_use]
pub fn has_password(address: &str) -> bool {
    Parts::of(address).is_some_and(|parts| {
        parts.user_and_password().1.is_some_and(|password| !password.is_empty())
            || parts
                .query
                .iter()
                .any(|(name, _)| decoded(name).is_none_or(|name| name.eq_ignore_ascii_case("password")))
    })
}

/// The text of a percent-encoded part.
fn decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            out.push(u8::from_str_radix(text.get(at + 1..at + 3)?, 16).ok()?);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}

/// What a service of the service file says.
type Service = Vec<(String, String)>;

impl Address {
    /// Reads an address; what it does not say comes from the service file, then from the environment.
    ///
    /// # Errors
    /// One message without any secret.
    pub fn read(address: &str, environment: Environment<'_>) -> Result<Self, Box<Diagnostic>> {
        Self::new(address, environment, false)
    }

    /// Reads an address that stands in a file of the repository. Everyone writes that file who may change the repository, so it says
    /// neither who gets a password nor how well a connection is protected: options come from the environment, and a password that is
    /// not bound to a host (PGPASSWORD, a service) is sent only to the host that the environment names beside it.
    ///
    /// # Errors
    /// One message without any secret.
    pub fn of_policy(address: &str, environment: Environment<'_>) -> Result<Self, Box<Diagnostic>> {
        Self::new(address, environment, true)
    }

    fn new(address: &str, environment: Environment<'_>, of_policy: bool) -> Result<Self, Box<Diagnostic>> {
        let shown = without_secrets(address);
        let wrong = |what: String| {
            let diagnostic = Diagnostic::error(Code::BadValue, format!("{shown} cannot be used: {what}"));
            Box::new(
                diagnostic
                    .help("write postgres://USER@HOST:PORT/DATABASE, and percent-encode what is special in a name"),
            )
        };
        let parts = Parts::of(address).ok_or_else(|| wrong("it is no address".to_owned()))?;
        if parts.authority.matches('@').count() > 1 || parts.authority.contains('/') {
            return Err(wrong("write `@` as %40 and `/` as %2F in user and password".to_owned()));
        }
        if of_policy {
            only_a_place(&shown, &parts)?;
        }
        let own = ["sslmode", "sslrootcert", "service", "passfile"];
        if let Some((name, _)) = parts.query.iter().find(|(name, _)| name.starts_with("ssl") && !own.contains(name)) {
            return Err(wrong(format!("the option `{name}` is not supported")));
        }
        let rest: Vec<String> =
            parts.query.iter().filter(|(n, _)| !own.contains(n)).map(|(n, v)| format!("{n}={v}")).collect();
        let plain = format!("postgres://{}{}?{}", parts.authority, parts.path, rest.join("&"));
        // What the library says about an address may quote it.
        let mut config = Config::from_str(&plain)
            .map_err(|_| wrong("user, host, port, database or an option cannot be read".to_owned()))?;
        let service = service(parts.get("service"), environment).map_err(wrong)?;
        let said = |option: &str, variable: &str| {
            let of_service = service.iter().find(|(name, _)| name == option).map(|(_, value)| value.clone());
            of_service.or_else(|| environment(variable)).filter(|value| !value.is_empty())
        };
        fill(&mut config, &said).map_err(wrong)?;
        let option = |name: &str, variable: &str| parts.get(name).and_then(decoded).or_else(|| said(name, variable));
        let protection = protection(option("sslmode", "PGSSLMODE").as_deref(), &config).map_err(wrong)?;
        let authorities = option("sslrootcert", "PGSSLROOTCERT").filter(|file| file != "system").map(PathBuf::from);
        if config.get_password().is_none()
            && let Some(password) = said("password", "PGPASSWORD")
        {
            let (hosts, ports) = (said("host", "PGHOST"), said("port", "PGPORT"));
            if of_policy && !is_for(&config, hosts.as_deref(), ports.as_deref()) {
                return Err(Box::new(not_for(&shown, &config)));
            }
            config.password(password);
        }
        if config.get_password().is_none()
            && let Some(password) =
                from_passfile(option("passfile", "PGPASSFILE"), &config, environment).map_err(wrong)?
        {
            config.password(password);
        }
        config.ssl_mode(match protection {
            Protection::Plain => SslMode::Disable,
            Protection::Preferred => SslMode::Prefer,
            Protection::Required => SslMode::Require,
        });
        let mut secrets: Vec<String> = parts.user_and_password().1.into_iter().map(str::to_owned).collect();
        secrets.extend(config.get_password().map(|bytes| String::from_utf8_lossy(bytes).into_owned()));
        secrets.retain(|secret| !secret.is_empty());
        Ok(Self { config, protection, authorities, shown, secrets })
    }

    /// What messages call it.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// A text with every secret taken out, whoever wrote it.
    pub(super) fn clean(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "…"))
    }

    /// How long a connection may take.
    pub(super) fn patience(&self) -> Duration {
        self.config.get_connect_timeout().copied().unwrap_or(Duration::from_secs(CONNECT_SECONDS))
    }
}

/// Refuses options in the address of a policy.
fn only_a_place(shown: &str, parts: &Parts<'_>) -> Result<(), Box<Diagnostic>> {
    let Some((name, _)) = parts.query.first() else { return Ok(()) };
    let what = format!("a policy says where it is and no more, and here is the option `{}`", visible(name));
    Err(Box::new(
        Diagnostic::error(Code::BadValue, format!("{shown} cannot be used: {what}"))
            .help("set it in the environment instead (PGSSLMODE, PGSSLROOTCERT, PGSERVICE, PGCONNECT_TIMEOUT …)"),
    ))
}

/// Whether every host and port of a connection is one that the environment names.
fn is_for(config: &Config, hosts: Option<&str>, ports: Option<&str>) -> bool {
    let hosts: Vec<&str> = hosts.unwrap_or_default().split(',').map(str::trim).collect();
    let ports: Vec<&str> = ports.unwrap_or("5432").split(',').map(str::trim).collect();
    let named = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => hosts.contains(&name.as_str()),
        #[cfg(unix)]
        Host::Unix(path) => path.to_str().is_some_and(|path| hosts.contains(&path)),
    });
    let used = config.get_ports().iter().map(u16::to_string).collect::<Vec<_>>();
    let used = if used.is_empty() { vec!["5432".to_owned()] } else { used };
    named && used.iter().all(|port| ports.contains(&port.as_str()))
}

/// The message about a password that was meant for nobody in particular.
fn not_for(shown: &str, config: &Config) -> Diagnostic {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => visible(name).into_owned(),
        _ => "HOST".to_owned(),
    };
    let port = config.get_ports().first().filter(|port| **port != 5432);
    let port = port.map(|port| format!(" PGPORT={port}")).unwrap_or_default();
    Diagnostic::error(
        Code::BadValue,
        format!("the policy's store is {shown}, and the password of the environment is not said to be for that host"),
    )
    .help(format!("if it is, set PGHOST={host}{port} beside it, or name the store in AIPP_STORE; or use a passfile"))
}

/// Fills in what the address did not say.
fn fill(config: &mut Config, said: &dyn Fn(&str, &str) -> Option<String>) -> Result<(), String> {
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        let hosts = said("host", "PGHOST").unwrap_or_else(|| "localhost".to_owned());
        hosts.split(',').for_each(|host| {
            config.host(host.trim());
        });
    }
    if config.get_ports().is_empty()
        && let Some(ports) = said("port", "PGPORT")
    {
        for port in ports.split(',') {
            config.port(port.trim().parse().map_err(|_| "PGPORT is no port".to_owned())?);
        }
    }
    if config.get_dbname().is_none()
        && let Some(name) = said("dbname", "PGDATABASE")
    {
        config.dbname(&name);
    }
    if config.get_user().is_none()
        && let Some(user) = said("user", "PGUSER")
    {
        config.user(&user);
    }
    if config.get_connect_timeout().is_none() {
        let seconds = said("connect_timeout", "PGCONNECT_TIMEOUT").and_then(|text| text.parse().ok());
        config.connect_timeout(Duration::from_secs(seconds.filter(|s| *s > 0).unwrap_or(CONNECT_SECONDS)));
    }
    if config.get_application_name().is_none() {
        config.application_name("aipp");
    }
    Ok(())
}

/// The protection for an `sslmode`. Without one, TLS is required everywhere but on this machine.
fn protection(mode: Option<&str>, config: &Config) -> Result<Protection, String> {
    let local = is_local(config);
    let preferred = if local { Protection::Preferred } else { Protection::Required };
    match mode {
        None | Some("prefer" | "allow") => Ok(preferred),
        Some("disable") => Ok(Protection::Plain),
        Some("require" | "verify-ca" | "verify-full") => Ok(Protection::Required),
        Some(_) => Err("sslmode is disable, prefer, require or verify-full".to_owned()),
    }
}

/// Whether every host is this machine.
fn is_local(config: &Config) -> bool {
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    hosts && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

fn home(environment: Environment<'_>) -> Option<PathBuf> {
    environment("HOME").or_else(|| environment("USERPROFILE")).filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// The service that the address or PGSERVICE names.
fn service(asked: Option<&str>, environment: Environment<'_>) -> Result<Service, String> {
    let Some(name) = asked.and_then(decoded).or_else(|| environment("PGSERVICE")).filter(|name| !name.is_empty())
    else {
        return Ok(Vec::new());
    };
    let named = environment("PGSERVICEFILE").filter(|file| !file.is_empty()).map(PathBuf::from);
    let file = named.or_else(|| Some(home(environment)?.join(".pg_service.conf")));
    let file = file.ok_or("there is no service file: set PGSERVICEFILE")?;
    let text = fs::read_to_string(&file).map_err(|error| format!("the service file {} : {error}", file.display()))?;
    let mut found = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            found = (section == name).then(Vec::new);
        } else if let (Some(found), Some((key, value))) = (&mut found, line.split_once('=')) {
            found.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    found.ok_or_else(|| format!("the service file {} has no service `{name}`", file.display()))
}

/// The password that the passfile has for host, port, database and user; the file must be the user's own.
fn from_passfile(
    named: Option<String>,
    config: &Config,
    environment: Environment<'_>,
) -> Result<Option<String>, String> {
    let file = named.clone().map(PathBuf::from).or_else(|| Some(home(environment)?.join(".pgpass")));
    let Some(file) = file.filter(|file| named.is_some() || file.is_file()) else { return Ok(None) };
    private(&file)?;
    let text = fs::read_to_string(&file).map_err(|error| format!("the passfile {}: {error}", file.display()))?;
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        _ => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432).to_string();
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let wanted = [host.as_str(), port.as_str(), database, user];
    Ok(text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let (password, place) = fields.split_last()?;
        let fits = place.len() == wanted.len() && place.iter().zip(wanted).all(|(is, want)| is == "*" || is == want);
        fits.then(|| password.clone())
    }))
}

#[cfg(unix)]
fn private(file: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode =
        fs::metadata(file).map_err(|error| format!("the passfile {}: {error}", file.display()))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(format!("others can read the passfile {0}: chmod 600 {0}", file.display()))
}

#[cfg(not(unix))]
fn private(_: &Path) -> Result<(), String> {
    Ok(())
}

/// The fields of a line of a passfile, between colons; a backslash takes the next character as it is.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ':' if fields.len() < 5 => fields.push(String::new()),
            letter => {
                let taken = if letter == '\\' { letters.next().unwrap_or('\\') } else { letter };
                if let Some(last) = fields.last_mut() {
                    last.push(taken);
                }
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests;
