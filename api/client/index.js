// SPDX-License-Identifier: MIT
// onayd-client: lets a page ask a person to sign with their own card. README.md shows how.
export {connect, Onayd} from './onayd.js';
export {forget} from './memory.js';
export {explain, permission} from './permission.js';
export {
    AmbiguousDaemon, BadAnswer, BadRequest, Cancelled, CardProblem, CertificateProblem, DaemonChanged,
    DaemonMissing, DaemonUnproven, Declined, Interrupted, NotAllowed, OnaydError, OrderRefused,
    PairingDeclined, PermissionDenied, PinProblem, TimedOut, Unavailable, VersionMismatch,
} from './problem.js';
