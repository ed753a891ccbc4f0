//! What leaves in great numbers is written down by the group.

use std::sync::Arc;

use super::{Flights, Way};
use crate::outcome::Outcome;
use crate::upload::book::Departing;
use crate::upload::known::Known;
use crate::upload::{Said, Work};

impl Flights {
    /// All that seems to be new is written down by the group, which tells what is known after all.
    pub(super) async fn take_together(&mut self, batch: Vec<Work>) {
        let mut others = Vec::new();
        for work in batch {
            self.land_all().await;
            if self.active.contains(&work.token) {
                self.park(work).await;
            } else if work.said == Said::InDoubt {
                others.push(work);
            } else {
                self.active.insert(work.token);
                self.ready.push(work);
            }
        }
        if self.ready.len() >= self.together() {
            self.depart_together().await;
        }
        if !others.is_empty() {
            // They may have to wait, and nobody is to wait with them.
            self.depart().await;
            self.look_up_all_and_start(others).await;
        }
    }

    /// Where very many leave in a second, they are written down by the group; a few more are then in doubt if the process
    /// is killed.
    pub(super) fn leave_together(&self) -> bool {
        self.together() > 1
            && !self.engine.delivery.probe
            && !self.engine.stop.is_ending()
            && self.engine.inquiry.trusted.get().is_some()
            && !self.engine.is_braked()
    }

    fn together(&self) -> usize {
        let set = self.engine.delivery.together;
        set.unwrap_or_else(|| self.pace.together())
    }

    /// Has a group written down, and sends the one before it on its way meanwhile.
    async fn depart_together(&mut self) {
        let ready = std::mem::take(&mut self.ready);
        if ready.is_empty() {
            return;
        }
        let next = self.engine.book.begin_new(ready);
        if let Some(departing) = self.departing.replace(next) {
            self.send_off(departing).await;
        }
    }

    /// Sends all on its way that waits for its group.
    pub(in crate::upload) async fn depart(&mut self) {
        self.depart_together().await;
        if let Some(departing) = self.departing.take() {
            self.send_off(departing).await;
        }
    }

    async fn send_off(&mut self, departing: Departing) {
        let engine = Arc::clone(&self.engine);
        match engine.book.begun(departing).await {
            Ok(begun) => {
                for (work, known) in begun {
                    match known {
                        None => self.leave(work).await,
                        Some(known) => self.was_known(work, &known).await,
                    }
                }
            }
            Err(works) => {
                for work in works {
                    self.stay(work).await;
                }
            }
        }
    }

    /// A response that is written down leaves as soon as it may.
    async fn leave(&mut self, work: Work) {
        if let Some(place) = self.admit(&self.engine, work.token, super::POST).await {
            self.spawn(work, Way::Post, Some(place), true);
        } else {
            self.engine.book.not_created(&work);
            self.stay(work).await;
        }
    }

    /// The run ends before a response left.
    async fn stay(&mut self, work: Work) {
        let token = work.token;
        self.report(work, Outcome::NotAttempted).await;
        self.landed_soon(token);
    }

    /// A response turned out not to be new.
    async fn was_known(&mut self, work: Work, known: &Known) {
        let token = work.token;
        self.active.remove(&token);
        Box::pin(self.start(work, Some(known))).await;
        if !self.active.contains(&token) {
            self.landed_soon(token);
        }
    }
}
