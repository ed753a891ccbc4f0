//! What stands before a server of HTTP/2 that takes all it is sent, and lets through so many requests of a connection and
//! no more: only on the wire can it be settled which one was too many.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{Receiver, Sender, channel};

const PREFACE: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();

/// Length, type, flags and stream of a frame. Source: RFC 9113, 4.1.
const HEAD: usize = 9;
const HEADERS: u8 = 1;
const GO_AWAY: u8 = 7;

/// One connection's gate.
pub struct Gate {
    after: usize,
    taken: usize,
    /// The last stream that was let through.
    last: u32,
    shut: bool,
    turned_away: Arc<AtomicUsize>,
}

impl Gate {
    pub fn new(after: usize, turned_away: Arc<AtomicUsize>) -> Self {
        Self {
            after,
            taken: 0,
            last: 0,
            shut: false,
            turned_away,
        }
    }

    /// Passes on what may pass, until either side hangs up.
    pub async fn stand(
        self,
        client: impl AsyncRead + AsyncWrite,
        server: impl AsyncRead + AsyncWrite,
    ) {
        let (from_client, to_client) = tokio::io::split(client);
        let (from_server, to_server) = tokio::io::split(server);
        // Whole frames, so that ours comes between two of them.
        let (say, said) = channel(16);
        tokio::select! {
            _ = self.pass(from_client, to_server, say.clone()) => {}
            _ = collect(from_server, say) => {}
            _ = write(said, to_client) => {}
        }
    }

    async fn pass(
        mut self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        say: Sender<Vec<u8>>,
    ) -> io::Result<()> {
        let mut preface = [0; PREFACE];
        from.read_exact(&mut preface).await?;
        to.write_all(&preface).await?;
        loop {
            let frame = frame(&mut from).await?;
            let was_shut = self.shut;
            if self.lets_through(&frame) {
                to.write_all(&frame).await?;
            } else if !was_shut {
                say.send(go_away(self.last))
                    .await
                    .map_err(io::Error::other)?;
            }
        }
    }

    /// Whether a frame belongs to a request that is taken, or to the connection as a whole.
    fn lets_through(&mut self, frame: &[u8]) -> bool {
        let stream = u32::from_be_bytes(frame[5..HEAD].try_into().unwrap());
        if stream <= self.last {
            return true;
        }
        if frame[3] == HEADERS && self.taken < self.after {
            self.taken += 1;
            self.last = stream;
            return true;
        }
        if frame[3] == HEADERS {
            self.shut = true;
            self.turned_away.fetch_add(1, Ordering::SeqCst);
        }
        false
    }
}

/// "I have taken what came up to this stream, and nothing after it": for no fault of anybody's. Source: RFC 9113, 6.8.
fn go_away(last: u32) -> Vec<u8> {
    let no_error = [0; 4];
    let head = [0, 0, 8, GO_AWAY, 0, 0, 0, 0, 0];
    [&head[..], &last.to_be_bytes(), &no_error].concat()
}

async fn frame(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; HEAD];
    from.read_exact(&mut frame).await?;
    let length = u32::from_be_bytes([0, frame[0], frame[1], frame[2]]);
    frame.resize(HEAD + length as usize, 0);
    from.read_exact(&mut frame[HEAD..]).await?;
    Ok(frame)
}

async fn collect(mut from: impl AsyncRead + Unpin, say: Sender<Vec<u8>>) -> io::Result<()> {
    loop {
        let frame = frame(&mut from).await?;
        say.send(frame).await.map_err(io::Error::other)?;
    }
}

async fn write(mut said: Receiver<Vec<u8>>, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    while let Some(frame) = said.recv().await {
        to.write_all(&frame).await?;
        to.flush().await?;
    }
    Ok(())
}
