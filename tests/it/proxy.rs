//! The API behind a proxy that the environment names, and this machine, which no proxy is asked for.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::doctor_network::{answer, certificate};
use crate::support::{Done, World, done};

const API: &str = "https://api.chattermill.invalid/v1";

/// A proxy that wants a password, and behind it the API. What it was asked for, and where it listens.
fn proxy(api: Arc<ServerConfig>) -> (Arc<Mutex<Vec<String>>>, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&asked);
    // It ends with the process.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let head = head(&mut stream);
            let is_known = head.contains("Basic bWFyaWE6c2VjcmV0");
            all.lock().unwrap().push(head);
            if is_known {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
                let connection = ServerConnection::new(Arc::clone(&api)).unwrap();
                answer(StreamOwned::new(connection, stream), SystemTime::now());
            } else {
                let refusal =
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
                stream.write_all(refusal).unwrap();
            }
        }
    });
    (asked, port)
}

fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// A command with an API that no name server knows, by way of the proxy.
fn through(command: &str, login: &str) -> (Done, Vec<String>) {
    let world = World::new();
    let own = certificate("api.chattermill.invalid", (2020, 2100));
    let (asked, port) = proxy(own.config);
    let mut command = world.command([command]);
    command
        .env("CHATTERMILL_API_URL", API)
        .env("SSL_CERT_FILE", world.file("own.pem", own.pem))
        .env("HTTPS_PROXY", format!("http://{login}127.0.0.1:{port}"));
    let done = done(&mut command);
    let asked = asked.lock().unwrap().clone();
    (done, asked)
}

#[test]
fn the_api_is_reached_through_a_proxy() {
    let (done, asked) = through("projects", "maria:secret@");
    done.expect_code(0);
    let [head] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    assert!(
        head.starts_with("CONNECT api.chattermill.invalid:443 HTTP/1.1\r\n"),
        "{head}"
    );
    // The key is for the API alone.
    assert!(!head.to_lowercase().contains("bearer"), "{head}");
    assert!(
        head.to_lowercase().contains("user-agent: chatterload/"),
        "{head}"
    );
}

#[test]
fn a_proxy_that_wants_a_password_is_told_of() {
    let (done, asked) = through("projects", "");
    assert!(!asked.is_empty());
    done.expect_code(4)
        .expect_err(&["which wants a name and a password: give them in HTTPS_PROXY"]);
    let (done, _) = through("doctor", "maria:wrong@");
    let network = done.out.lines().find(|line| line.starts_with("network"));
    let network = network.unwrap_or_default();
    let refused = "which refuses the name and password in HTTPS_PROXY";
    assert!(
        network.contains("not reached through the proxy 127.0.0.1:") && network.contains(refused),
        "{network}"
    );
    assert!(!done.out.contains("wrong"), "{done:?}");
}

#[test]
fn a_proxy_that_is_none_of_http_is_told_before_anything_is_sent() {
    for (variable, value) in [
        ("HTTPS_PROXY", "http://not a host"),
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
    ] {
        let world = World::new();
        let mut command = world.command(["projects"]);
        command.env("CHATTERMILL_API_URL", API).env(variable, value);
        let told = format!("the variable {variable} names no proxy of HTTP");
        done(&mut command).expect_code(2).expect_err(&[&told]);
    }
}

#[test]
fn a_variable_that_is_empty_counts_as_unset() {
    let world = World::new();
    let mut command = world.command(["projects"]);
    command
        .env("CHATTERMILL_API_URL", API)
        .env("HTTPS_PROXY", "")
        .env("https_proxy", "http://127.0.0.1:1");
    done(&mut command)
        .expect_code(4)
        .expect_err(&["through the proxy 127.0.0.1:1 (https_proxy)"]);
    let mut command = world.command(["projects"]);
    command
        .env("CHATTERMILL_API_URL", API)
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .env("NO_PROXY", ".invalid");
    let done = done(&mut command).expect_code(4);
    assert!(!done.err.contains("proxy"), "{done:?}");
}

#[test]
fn no_proxy_is_asked_for_this_machine() {
    let world = World::new();
    world.table("t.csv", 3);
    let mut command = world.command(crate::support::import_of("t.csv"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, "http://127.0.0.1:1");
    }
    done(&mut command).expect_code(0).expect("uploaded=3");
}
