//! Which file systems a ledger may lie on: not those of a network, whose locks and shared memory SQLite cannot rely on.

use std::path::Path;

/// The name of the network file system that a folder lies on; `None` where it is local, or nothing can be found out.
#[cfg(target_os = "linux")]
pub(super) fn network(folder: &Path) -> Option<String> {
    // The type is a signed or unsigned word of 32 or 64 bits, by platform; the magic numbers have 32.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the magic numbers have 32 bits"
    )]
    let magic = rustix::fs::statfs(folder).ok()?.f_type as u32;
    let mounts = || std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    match magic {
        FUSE => mount_of(&mounts(), folder).and_then(|mount| network_fuse(&mount)),
        NINE_P => nine_p(mount_of(&mounts(), folder).as_ref()),
        _ => by_magic(magic).map(ToOwned::to_owned),
    }
}

#[cfg(target_os = "linux")]
const FUSE: u32 = 0x6573_5546;
#[cfg(target_os = "linux")]
const NINE_P: u32 = 0x0102_1997;

/// Magic numbers of `statfs(2)` and the kernel's `linux/magic.h`.
#[cfg(target_os = "linux")]
fn by_magic(magic: u32) -> Option<&'static str> {
    Some(match magic {
        0x6969 => "NFS",
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => "SMB",
        0x5346_414f | 0x6b41_4653 => "AFS",
        0x7375_7245 => "Coda",
        0x564c => "NCP",
        0x00c3_6400 => "Ceph",
        0x0bd0_0bd0 => "Lustre",
        0x0116_1970 => "GFS2",
        0x7461_636f => "OCFS2",
        0x4750_4653 => "GPFS",
        0x1983_0326 => "BeeGFS",
        _ => return None,
    })
}

/// A line of `/proc/self/mountinfo`, as far as it matters here.
#[cfg(target_os = "linux")]
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    kind: String,
    options: String,
}

/// The mount a folder lies on: the last of those with the longest mount point above it.
#[cfg(target_os = "linux")]
fn mount_of(mounts: &str, folder: &Path) -> Option<Mount> {
    let mut best: Option<(usize, Mount)> = None;
    for line in mounts.lines() {
        let Some((before, after)) = line.split_once(" - ") else {
            continue;
        };
        let Some(point) = before.split(' ').nth(4) else {
            continue;
        };
        let point = point
            .replace("\\040", " ")
            .replace("\\011", "\t")
            .replace("\\134", "\\");
        let mut after = after.split(' ');
        let (Some(kind), _source) = (after.next(), after.next()) else {
            continue;
        };
        let length = Path::new(&point).components().count();
        if folder.starts_with(&point) && best.as_ref().is_none_or(|(longest, _)| length >= *longest)
        {
            let options = after.collect::<Vec<_>>().join(" ");
            best = Some((
                length,
                Mount {
                    kind: kind.to_owned(),
                    options,
                },
            ));
        }
    }
    best.map(|(_, mount)| mount)
}

/// File systems in user space are local (`fuse.ntfs-3g`, `fuse.fakeowner`) but for those known to reach over a network.
#[cfg(target_os = "linux")]
fn network_fuse(mount: &Mount) -> Option<String> {
    const NETWORK: [&str; 17] = [
        "sshfs",
        "s3fs",
        "rclone",
        "glusterfs",
        "ceph-fuse",
        "ceph",
        "davfs",
        "curlftpfs",
        "smbnetfs",
        "gcsfuse",
        "goofys",
        "blobfuse",
        "blobfuse2",
        "juicefs",
        "JuiceFS",
        "mount-s3",
        "gvfsd-fuse",
    ];
    let name = mount.kind.strip_prefix("fuse.")?;
    NETWORK.contains(&name).then(|| mount.kind.clone())
}

/// 9p is a network's protocol, also between a machine and its guest (WSL's `/mnt/c`). Only over a bare file descriptor it
/// is a sandbox's own root, as under gVisor, whose locks hold.
#[cfg(target_os = "linux")]
fn nine_p(mount: Option<&Mount>) -> Option<String> {
    let is_own = mount.is_some_and(|mount| {
        mount.options.contains("trans=fd") && !mount.options.contains("drvfs")
    });
    (!is_own).then(|| "9p".to_owned())
}

/// The system itself says which mounts are local.
#[cfg(target_os = "macos")]
pub(super) fn network(folder: &Path) -> Option<String> {
    const MNT_LOCAL: u32 = 0x1000;
    let found = rustix::fs::statfs(folder).ok()?;
    (found.f_flags & MNT_LOCAL == 0).then(|| "not a local disk".to_owned())
}

/// A share has a path of its own form, also behind a drive's letter once it is resolved.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn network(folder: &Path) -> Option<String> {
    let folder = folder.to_string_lossy();
    let is_share = folder.starts_with(r"\\?\UNC\")
        || (folder.starts_with(r"\\") && !folder.starts_with(r"\\?\"));
    is_share.then(|| "a network share".to_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const MOUNTS: &str = r"22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 22 0:27 / /mnt/my\040share rw - fuse.sshfs me@host:/ rw,user_id=0
32 22 0:28 / /mnt/stick rw - fuseblk.ntfs /dev/sdb1 rw
33 22 0:29 / /mnt/c rw,noatime - 9p drvfs rw,aname=drvfs;path=C:\;trans=fd,rfd=5
34 22 0:30 / /own rw - 9p none rw,trans=fd,rfdno=4
35 22 0:31 / /guest rw - 9p share rw,trans=virtio
36 22 0:32 / /mnt/over rw - ext4 /dev/vdb rw
37 22 0:33 / /mnt/over rw - fuse.rclone remote: rw
a line that is none";

    fn mount(folder: &str) -> Mount {
        mount_of(MOUNTS, Path::new(folder)).unwrap()
    }

    #[test]
    fn the_mount_is_the_nearest_and_the_last() {
        assert_eq!(mount("/home/me").kind, "ext4");
        assert_eq!(mount("/mnt/my share/state").kind, "fuse.sshfs");
        assert_eq!(mount("/mnt/my").kind, "ext4");
        assert_eq!(mount("/mnt/over/it").kind, "fuse.rclone");
        assert_eq!(mount_of("", Path::new("/home")), None);
    }

    #[test]
    fn user_space_is_local_unless_known_better() {
        assert_eq!(
            network_fuse(&mount("/mnt/my share")).as_deref(),
            Some("fuse.sshfs")
        );
        assert_eq!(network_fuse(&mount("/mnt/stick")), None);
    }

    #[test]
    fn the_sandbox_own_root_is_local_and_a_host_folder_is_not() {
        assert_eq!(nine_p(Some(&mount("/own"))), None);
        for folder in ["/mnt/c", "/guest"] {
            assert_eq!(
                nine_p(Some(&mount(folder))).as_deref(),
                Some("9p"),
                "{folder}"
            );
        }
        assert!(nine_p(None).is_some());
    }

    #[test]
    fn known_magic_numbers_have_names() {
        assert_eq!(by_magic(0x6969), Some("NFS"));
        assert_eq!(by_magic(0xfe53_4d42), Some("SMB"));
        assert_eq!(by_magic(0xef53), None, "ext4");
    }

    #[test]
    fn what_is_not_there_is_not_called_a_network() {
        assert_eq!(network(Path::new("/no/such/folder")), None);
    }
}
