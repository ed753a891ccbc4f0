//! What `doctor` says where the API is not reached, or not as it should be: names, connections, certificates, clocks.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::{Done, World, done};

/// A certificate of our own for these names, whether or not its time has come or is over.
pub struct Own {
    pub pem: String,
    pub config: Arc<ServerConfig>,
}

pub fn certificate(name: &str, years: (i32, i32)) -> Own {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    let made = params.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![made.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        );
    Own {
        pem: made.pem(),
        config: Arc::new(config.unwrap()),
    }
}

/// Answers everything with the same: a list of projects, at the time that it takes to be now. Gives the port.
fn serve(date: SystemTime, tls: Option<Arc<ServerConfig>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // It ends with the process.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            match &tls {
                None => answer(stream, date),
                Some(config) => {
                    let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                    answer(StreamOwned::new(connection, stream), date);
                }
            }
        }
    });
    port
}

/// A client that hangs up because it does not like the certificate is what some tests are about.
pub fn answer(mut stream: impl Read + Write, date: SystemTime) {
    let mut asked = Vec::new();
    let mut byte = [0];
    while !asked.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            // How TLS begins: a server that speaks none says so, and hangs up.
            Ok(1) if asked.is_empty() && byte[0] == 0x16 => {
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
                return;
            }
            Ok(1) => asked.push(byte[0]),
            _ => return,
        }
    }
    let body = r#"{"projects":[]}"#;
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nDate: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        httpdate::fmt_http_date(date),
        body.len()
    );
    let _ = stream.flush();
}

/// The lines of `doctor` about the way to the API; ports and what the system says are not ours.
fn way(world: &World, url: &str, trusted: Option<&Path>) -> (Done, String) {
    let mut command = world.command(["doctor", "--timeout", "10s"]);
    command.env("CHATTERMILL_API_URL", url);
    // Some machines trust nobody: without a list of their own nothing would begin.
    let stranger = || {
        world.file(
            "stranger.pem",
            certificate("stranger.invalid", (2020, 2100)).pem,
        )
    };
    command.env(
        "SSL_CERT_FILE",
        trusted.map_or_else(stranger, Path::to_owned),
    );
    let done = done(&mut command);
    let all: Vec<&str> = done.out.lines().collect();
    let ours: Vec<&str> = all
        .iter()
        .skip_while(|line| !line.starts_with("settings"))
        .skip(1)
        .take_while(|line| !line.starts_with("project"))
        .take_while(|line| !line.starts_with("file system"))
        .copied()
        .collect();
    let text = ours.join("\n");
    (done, text)
}

fn url(scheme: &str, host: &str, port: u16) -> String {
    format!("{scheme}://{host}:{port}/v1")
}

/// A snapshot without what differs from one machine or run to the next.
macro_rules! table {
    ($text:expr, @$snapshot:literal) => {
        insta::with_settings!({filters => vec![
            (r":\d{4,5}", ":PORT"), (r"port \d+", "port PORT"), (r"\d+ days?", "N days"),
            (r"unix time \d+|timestamp \d+|\d{9,}", "TIME"),
            (r"not known here: .*", "not known here: WHY"),
            (r"port PORT: .*", "port PORT: WHY"),
        ]}, { insta::assert_snapshot!($text, @$snapshot) });
    };
}

#[test]
fn a_certificate_that_nobody_vouches_for() {
    let world = World::new();
    let own = certificate("localhost", (2020, 2100));
    let port = serve(SystemTime::now(), Some(own.config));
    let (done, text) = way(&world, &url("https", "localhost", port), None);
    assert_eq!(done.code, 1);
    table!(text, @r#"
    TLS             failed   localhost is reached, and nobody whom this machine trusts vouches for its certificate
                             → install the system's certificates (the package ca-certificates); a proxy that opens TLS needs its certificate installed here, or named by SSL_CERT_FILE
    key             skipped  not asked, nor project and search: nothing answers
    "#);
}

#[test]
fn a_certificate_whose_time_is_over() {
    let world = World::new();
    let own = certificate("localhost", (2001, 2002));
    let port = serve(SystemTime::now(), Some(own.config));
    let trusted = world.file("own.pem", own.pem);
    let (done, text) = way(&world, &url("https", "localhost", port), Some(&trusted));
    assert_eq!(done.code, 1);
    table!(text, @r#"
    TLS             failed   localhost is reached, and by this machine's clock its certificate has expired
                             → look at this machine's clock; where it is right, whoever runs the server, or a proxy in between, must renew the certificate
    key             skipped  not asked, nor project and search: nothing answers
    "#);
}

#[test]
fn a_certificate_whose_time_has_not_come() {
    let world = World::new();
    let own = certificate("localhost", (2098, 2100));
    let port = serve(SystemTime::now(), Some(own.config));
    let trusted = world.file("own.pem", own.pem);
    let (done, text) = way(&world, &url("https", "localhost", port), Some(&trusted));
    assert_eq!(done.code, 1);
    table!(text, @r#"
    TLS             failed   localhost is reached, and by this machine's clock its certificate is not valid yet
                             → set this machine's clock: it seems to be behind
    key             skipped  not asked, nor project and search: nothing answers
    "#);
}

#[test]
fn a_certificate_of_somebody_else() {
    let world = World::new();
    let own = certificate("intranet.example.com", (2020, 2100));
    let port = serve(SystemTime::now(), Some(own.config));
    let trusted = world.file("own.pem", own.pem);
    let (done, text) = way(&world, &url("https", "localhost", port), Some(&trusted));
    assert_eq!(done.code, 1);
    table!(text, @r#"
    TLS             failed   localhost is reached, and its certificate is somebody else's: invalid peer certificate: certificate not valid for name "localhost"; certificate is only valid for DnsName("intranet.example.com")
                             → check --api-url; a proxy or a sign-in page may answer in the API's place
    key             skipped  not asked, nor project and search: nothing answers
    "#);
}

#[test]
fn a_server_that_speaks_no_tls() {
    let world = World::new();
    let port = serve(SystemTime::now(), None);
    let (done, text) = way(&world, &url("https", "localhost", port), None);
    assert_eq!(done.code, 1);
    table!(text, @r#"
    TLS             failed   localhost is reached, and what answers there speaks no TLS
                             → check --api-url and its port; a proxy may answer in the API's place
    key             skipped  not asked, nor project and search: nothing answers
    "#);
}

#[test]
fn a_certificate_that_is_trusted_and_a_clock_that_is_wrong() {
    let world = World::new();
    let own = certificate("localhost", (2020, 2100));
    let hour = Duration::from_hours(1);
    let port = serve(SystemTime::now() - hour, Some(own.config));
    let trusted = world.file("own.pem", own.pem);
    let (_, text) = way(&world, &url("https", "localhost", port), Some(&trusted));
    table!(text, @r#"
    network         ok       https://localhost:PORT/v1 answers over TLS
    clock           warning  ours is 1 h 0 min ahead of the API's
                             → set this machine's clock: runs are named and dated by it, and certificates are judged by it
    key             ok       it sees 0 projects
    "#);
}

#[test]
fn a_name_that_nobody_knows() {
    let world = World::new();
    let (done, text) = way(&world, "https://api.chattermill.invalid/v1", None);
    assert_eq!(done.code, 1);
    table!(text, @r#"
    network         failed   the name api.chattermill.invalid is not known here: WHY
                             → check --api-url and the name server; behind a proxy, set HTTPS_PROXY
    key             skipped  not asked, nor project and search: nothing answers
    "#);
}

#[test]
fn a_port_where_nobody_listens() {
    let world = World::new();
    let (done, text) = way(&world, "https://127.0.0.1:1/v1", None);
    assert_eq!(done.code, 1);
    table!(text, @r#"
    network         failed   nothing answers at 127.0.0.1, port PORT: WHY
                             → check --api-url and the network; behind a proxy, set HTTPS_PROXY
    key             skipped  not asked, nor project and search: nothing answers
    "#);
}
