// SPDX-License-Identifier: MIT
// Types of onayd-client. What the members of the daemon's answers mean stands in api/PROTOCOL.

export type Language = 'tr' | 'en';
export type Permission = 'granted' | 'prompt' | 'denied' | 'unsupported';
export type OpenState = 'waiting-card' | 'waiting-consent' | 'signing' | 'completing';
export type FinalState = 'done' | 'failed' | 'cancelled' | 'expired' | 'interrupted';

export interface Text {
    title: string;
    detail: string;
}

/** Whether the browser lets this page speak to programs of this computer. */
export function permission(): Promise<Permission>;

/** For a person: a state of permission(), 'missing' (no daemon was found), or a state of an approval. */
export function explain(what: Permission | 'missing' | OpenState | FinalState, lang?: Language): Text;

export interface KeyStorage {
    getItem(name: string): string | null;
    setItem(name: string, value: string): void;
    removeItem(name: string): void;
}

/** The next meeting is a first one again. Only at the person's word. */
export function forget(options?: {storage?: KeyStorage}): void;

export interface Abortable {
    signal?: AbortSignal;
}

export interface ConnectOptions extends Abortable {
    /** Ask the person to let this site in when the daemon does not know it. */
    pair?: boolean;
    /** Default: the page's language, else the browser's, else Turkish. */
    lang?: Language;
    /** Where the daemon's key is remembered; default localStorage. */
    storage?: KeyStorage;
    /** Default 15070 to 15073. */
    ports?: readonly number[];
}

/** This user's daemon, proven by its own key, which is remembered. */
export function connect(options?: ConnectOptions): Promise<Onayd>;

export type Binary = Blob | ArrayBuffer | ArrayBufferView;

export interface Digest {
    algorithm: 'SHA-256' | 'SHA-384' | 'SHA-512';
    value: string;
}

/** Exactly one of content (octets, or their base64), documentId (of upload()) and digest. */
export interface Document {
    role: string;
    name: string;
    mimeType: string;
    content?: Binary | string;
    documentId?: string;
    digest?: Digest;
}

export interface ApprovalRequest {
    application: {
        orderNo: string;
        type?: string;
        applicant?: {identityNo?: string; name?: string};
    };
    documents: readonly Document[];
    signature: {profile: string; packaging: string; commitment?: string};
    signer?: {certificateId: string};
}

/** The request as it is sent: every content is base64. */
export type WrittenRequest = Omit<ApprovalRequest, 'documents'> & {
    documents: (Omit<Document, 'content'> & {content?: string})[];
};

export interface ProblemJson {
    slug: string;
    title: string;
    detail: string;
    status: number;
    retryable: boolean;
    pointer?: string;
    [member: string]: unknown;
}

export interface Approval {
    id: string;
    state: OpenState | FinalState;
    final: boolean;
    version: number;
    createdAt: string;
    since: string;
    expiresAt?: string;
    orderNo: string;
    profile: string;
    packaging: string;
    signer?: {certificateId: string; pinTriesLeft?: string; pinTries?: number};
    signature?: {href: string; mediaType: string; size: number; signingTime: string};
    waitingFor?: ProblemJson;
    problem?: ProblemJson;
    [member: string]: unknown;
}

export interface Signed {
    id: string;
    state: 'done';
    approval: Approval;
    /** The signed file. */
    signature: Blob;
}

export interface FollowOptions extends Abortable {
    /** Told every state, the first and the final one too. */
    onstate?: (approval: Approval) => void;
}

export interface ApproveOptions extends FollowOptions {
    /** Names this click: the same key gives the same approval. Default: a new one. */
    idempotencyKey?: string;
    /** A signed order of the portal's server, or what fetches one for the request. */
    order?: string | ((request: WrittenRequest) => string | Promise<string>);
}

export interface Progress {
    loaded: number;
    total: number;
}

export interface UploadOptions extends Abortable {
    onprogress?: (progress: Progress) => void;
}

export interface Uploaded {
    id: string;
    size: number;
    digests: Record<string, string>;
    expiresAt: string;
}

export interface Certificate {
    id: string;
    subject?: string;
    issuer?: string;
    identityNoMasked?: string;
    notBefore?: string;
    notAfter?: string;
    keyType?: string;
    keyBits?: number;
    qualified?: boolean;
    qualifiedReasons?: string[];
    usable: boolean;
    usableReasons?: string[];
    reader?: string;
    tokenLabel?: string;
    der?: string;
    [member: string]: unknown;
}

export interface Reader {
    id: string;
    name: string;
    state: 'empty' | 'card-present' | 'card-mute' | 'card-in-use';
    [member: string]: unknown;
}

export interface Readers {
    cardService: 'running' | 'not-running';
    readers: Reader[];
    [member: string]: unknown;
}

export interface Info {
    service: 'onayd';
    version: string;
    state: string;
    limits: Record<string, number>;
    [member: string]: unknown;
}

export interface DaemonEvent {
    type: string;
    data: Record<string, unknown>;
}

/** Made by connect() alone. */
export class Onayd {
    private constructor();
    readonly version: string;
    /** SHA-256 of the daemon's key, as `onay status` shows it. */
    readonly fingerprint: string;
    info(options?: Abortable): Promise<Info>;
    readers(options?: Abortable): Promise<Readers>;
    certificates(options?: Abortable & {der?: boolean}): Promise<Certificate[]>;
    upload(octets: Binary, options?: UploadOptions): Promise<Uploaded>;
    /** Aborting withdraws the approval. */
    approve(request: ApprovalRequest, options?: ApproveOptions): Promise<Signed>;
    /** An approval that was begun before. Aborting withdraws it. */
    resume(id: string, options?: FollowOptions): Promise<Signed>;
    /** Withdraws an open approval, forgets a finished one. */
    cancel(id: string, options?: Abortable): Promise<void>;
    /** Resolves when the signal is aborted. */
    watch(onevent: (event: DaemonEvent) => void, options?: Abortable): Promise<void>;
}

export class OnaydError extends Error {
    readonly slug: string;
    /** 0: found by the client. */
    readonly status: number;
    readonly title: string;
    readonly detail: string;
    readonly retryable: boolean;
    readonly pointer?: string;
    readonly parameter?: string;
    readonly header?: string;
    readonly requestId?: string;
    /** Seconds. */
    readonly retryAfter?: number;
    /** The last that was heard of it. */
    readonly approval?: Approval;
    /** Who answered, when none of them was taken. */
    readonly daemons?: {port: number; fingerprint?: string}[];
}
export class AmbiguousDaemon extends OnaydError {}
export class BadAnswer extends OnaydError {}
export class BadRequest extends OnaydError {}
export class Cancelled extends OnaydError {}
export class CardProblem extends OnaydError {}
export class CertificateProblem extends OnaydError {}
export class DaemonChanged extends OnaydError {}
export class DaemonMissing extends OnaydError {}
export class DaemonUnproven extends OnaydError {}
export class Declined extends OnaydError {}
export class Interrupted extends OnaydError {}
export class NotAllowed extends OnaydError {}
export class OrderRefused extends OnaydError {}
export class PairingDeclined extends OnaydError {}
export class PermissionDenied extends OnaydError {}
export class PinProblem extends OnaydError {}
export class TimedOut extends OnaydError {}
export class Unavailable extends OnaydError {}
export class VersionMismatch extends OnaydError {}
