//! The system's allocator with a cap: what a small input must never ask for ends the process where it asks.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The most bytes that may be held at a time, and so the most that may be asked for at once. A workbook's 64 KiB can
/// inflate to 64 MiB of shared strings, of which `calamine` takes three times as much.
const MOST: usize = 384 << 20;

#[global_allocator]
static CAPPED: Capped = Capped;
static HELD: AtomicUsize = AtomicUsize::new(0);

struct Capped;

// SAFETY: all memory comes from the system's allocator and goes back there; null says that there is none.
unsafe impl GlobalAlloc for Capped {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !take(layout.size()) {
            return std::ptr::null_mut();
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !take(layout.size()) {
            return std::ptr::null_mut();
        }
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > layout.size() && !take(size - layout.size()) {
            return std::ptr::null_mut();
        }
        HELD.fetch_sub(layout.size().saturating_sub(size), Relaxed);
        unsafe { System.realloc(memory, layout, size) }
    }
}

fn take(more: usize) -> bool {
    let held = HELD.fetch_add(more, Relaxed);
    let fits = held.saturating_add(more) <= MOST;
    if !fits {
        HELD.fetch_sub(more, Relaxed);
    }
    fits
}
