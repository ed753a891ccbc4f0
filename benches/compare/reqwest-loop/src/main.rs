//! A bare loop over reqwest: so many POSTs of one body, so many in flight, nothing else. What any uploader on this
//! client could reach at most.
//!
//! `reqwest-loop URL BODY_FILE COUNT IN_FLIGHT` prints the requests a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;

type Anything = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Anything> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, body, count, in_flight] = arguments.as_slice() else {
        return Err("usage: reqwest-loop URL BODY_FILE COUNT IN_FLIGHT".into());
    };
    let url: reqwest::Url = url.parse()?;
    let body = Bytes::from(std::fs::read(body)?);
    let (count, in_flight): (u64, u64) = (count.parse()?, in_flight.parse()?);
    let client = reqwest::Client::builder()
        .no_proxy()
        .tcp_nodelay(true)
        .build()?;
    let next = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let tasks: Vec<_> = (0..in_flight)
        .map(|_| {
            let (client, url, body, next) =
                (client.clone(), url.clone(), body.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                while next.fetch_add(1, Ordering::Relaxed) < count {
                    let request = client
                        .post(url.clone())
                        .header("authorization", "Bearer k")
                        .header("content-type", "application/json")
                        .body(body.clone());
                    let answer = request.send().await?;
                    if answer.status() != 201 {
                        return Err(Anything::from(format!("HTTP {}", answer.status())));
                    }
                    answer.bytes().await?;
                }
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    println!("{:.0}", count as f64 / started.elapsed().as_secs_f64());
    Ok(())
}
