//! An address and questions to the database enter; answers leave, or the reason why there is none, within a time that is known.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Client, Error, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{Address, Protection};
use super::errors::Trouble;

/// How long a statement may take, in seconds.
const STATEMENT_SECONDS: u64 = 60;

/// How much longer than the server's own limit an answer is waited for, in seconds.
const GRACE_SECONDS: u64 = 5;

/// A connection that is made when it is first needed, and again when it broke.
pub(crate) struct Link {
    address: Address,
    client: Option<Client>,
    limit: u64,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("address", &self.address).field("connected", &self.client.is_some()).finish()
    }
}

impl Link {
    pub(crate) fn new(address: Address) -> Self {
        Self { address, client: None, limit: STATEMENT_SECONDS }
    }

    /// With another limit for statements, in seconds.
    pub(crate) fn limited(self, seconds: u64) -> Self {
        Self { limit: seconds, ..self }
    }

    /// Asks the database something.
    pub(crate) fn ask<T: Send + 'static>(
        &mut self,
        question: impl FnOnce(&mut Client) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Trouble> {
        self.ask_long(0, question)
    }

    /// Asks something that takes the longer the more rows it is about.
    pub(super) fn ask_long<T: Send + 'static>(
        &mut self,
        rows: usize,
        question: impl FnOnce(&mut Client) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Trouble> {
        let mut client = match self.client.take() {
            Some(client) => client,
            None => self.connect()?,
        };
        let seconds = self.limit + GRACE_SECONDS + rows as u64 / 100;
        let (client, answer) = within(seconds, move || {
            let answer = question(&mut client);
            (client, answer)
        })?;
        if !client.is_closed() {
            self.client = Some(client);
        }
        answer.map_err(Trouble::from)
    }

    fn connect(&self) -> Result<Client, Trouble> {
        let seconds = self.address.patience().as_secs().max(1) + GRACE_SECONDS;
        let (address, limit) = (self.address.clone(), self.limit);
        within(seconds, move || {
            let mut client = open(&address)?;
            client.batch_execute(&format!("SET statement_timeout = {}", limit * 1000)).map_err(Trouble::from)?;
            Ok(client)
        })?
    }
}

/// Does something in a thread of its own, and waits for it no longer than said. What is late is left to itself.
fn within<T: Send + 'static>(seconds: u64, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Trouble> {
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody may be waiting any more.
        let _ = done.send(work());
    });
    wait.recv_timeout(Duration::from_secs(seconds)).map_err(|_| Trouble::Silent(seconds))
}

/// Connects with the protection that the address asks for.
fn open(address: &Address) -> Result<Client, Trouble> {
    if address.protection == Protection::Plain {
        return address.config.connect(NoTls).map_err(refused_or_away);
    }
    let tls = MakeRustlsConnect::new(tls(address)?);
    match address.config.connect(tls) {
        // On this machine TLS is a preference: a certificate that was never meant to be verified does not stand in the way.
        Err(error) if address.protection == Protection::Preferred && error.as_db_error().is_none() => {
            let mut plain = address.config.clone();
            plain.ssl_mode(SslMode::Disable).connect(NoTls).map_err(refused_or_away)
        }
        other => other.map_err(refused_or_away),
    }
}

/// An error while connecting: whatever it is, nothing was asked yet.
fn refused_or_away(error: Error) -> Trouble {
    Trouble::Away(error)
}

/// TLS that verifies certificate and name, by the machine's authorities or by those of a file.
fn tls(address: &Address) -> Result<ClientConfig, Trouble> {
    let wrong = |error: rustls::Error| Trouble::Tls(format!("TLS cannot be set up: {error}"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(wrong)?;
    let Some(file) = &address.authorities else {
        return Ok(builder.with_platform_verifier().map_err(wrong)?.with_no_client_auth());
    };
    let unreadable = |why: String| Trouble::Tls(format!("the authorities in {} cannot be read: {why}", file.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unreadable(error.to_string()))? {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unreadable("there is no certificate in it".to_owned()));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
