/* SPDX-License-Identifier: MIT */
#include "api/status.h"

static struct status final(unsigned code)
{
    return (struct status){code, false};
}

static struct status again(unsigned code)
{
    return (struct status){code, true};
}

struct status status_of(err_t e)
{
    switch (e) { /* no default: -Wswitch names the error that was forgotten */
    case OK:
        return final(200);
    case ERR_MALFORMED_REQUEST:
    case ERR_MALFORMED_JSON:
        return final(400);
    case ERR_TOKEN_REQUIRED:
        return final(401);
    case ERR_OTHER_USER:
    case ERR_ORIGIN_NOT_ALLOWED:
    case ERR_ORDER_REQUIRED:
    case ERR_ORDER_INVALID:
    case ERR_ORDER_EXPIRED:
        return final(403);
    case ERR_PAIRING_DECLINED:
        return again(403);
    case ERR_NOT_FOUND:
    case ERR_DOCUMENT_UNKNOWN:
    case ERR_APPROVAL_UNKNOWN:
        return final(404);
    case ERR_METHOD_NOT_ALLOWED:
        return final(405);
    case ERR_DOCUMENT_EXPIRED:
        return final(410);
    case ERR_BODY_TOO_LARGE:
        return final(413);
    case ERR_MEDIA_TYPE:
        return final(415);
    case ERR_HOST_NOT_ALLOWED:
        return final(421);
    case ERR_INVALID_FIELD:
    case ERR_XML_REJECTED:
    case ERR_SIGNATURE_MALFORMED:
    case ERR_SIGNATURE_INVALID:
        return final(422);
    case ERR_TOO_MANY_REQUESTS:
        return again(429);

    /* what the approval, the card or the person said */
    case ERR_APPROVAL_NOT_DONE:
    case ERR_APPROVAL_SIGNING:
    case ERR_NO_READER:
    case ERR_CARD_SERVICE:
    case ERR_NO_CARD:
    case ERR_CARD_MUTE:
    case ERR_CARD_IN_USE:
    case ERR_CARD_REMOVED:
    case ERR_CONSENT_TIMEOUT:
    case ERR_DIALOG_UNAVAILABLE:
    case ERR_PIN_WRONG:
    case ERR_MODULE_CRASHED:
    case ERR_MODULE_TIMEOUT:
    case ERR_CARD_ERROR:
    case ERR_INTERRUPTED:
    case ERR_RESTARTED:
    case ERR_CLOCK_SKEW:
        return again(409);
    case ERR_ORIGIN_CONFIGURED:
    case ERR_ORDER_REPLAYED:
    case ERR_IDEMPOTENCY_CONFLICT:
    case ERR_NO_CERTIFICATE:
    case ERR_AMBIGUOUS_CERTIFICATE:
    case ERR_CERTIFICATE_EXPIRED:
    case ERR_CERTIFICATE_NOT_YET_VALID:
    case ERR_CERTIFICATE_NOT_QUALIFIED:
    case ERR_CERTIFICATE_REVOKED:
    case ERR_CERTIFICATE_UNTRUSTED:
    case ERR_CERTIFICATE_MALFORMED:
    case ERR_IDENTITY_MISMATCH:
    case ERR_CONSENT_DECLINED:
    case ERR_PIN_LOCKED:
    case ERR_PIN_NOT_SET:
    case ERR_PUK_WRONG:
    case ERR_PUK_LOCKED:
    case ERR_NEW_PIN_REFUSED:
    case ERR_PIN_NOT_LOCKED:
    case ERR_NOT_SUPPORTED:
    case ERR_PIN_FILE_REFUSED:
    case ERR_MODULE_NOT_FOUND:
    case ERR_DOCUMENT_CHANGED:
        return final(409);

    case ERR_TSA_REJECTED:
        return final(502);
    case ERR_URI_REFUSED:
    case ERR_SETTING_INVALID:
    case ERR_FILE_UNREADABLE:
    case ERR_TRUST_REFUSED:
    case ERR_INTERNAL:
        return final(500);
    case ERR_REVOCATION_UNAVAILABLE:
    case ERR_TSA_UNREACHABLE:
        return again(504);
    case ERR_SHUTTING_DOWN:
    case ERR_STORE_UNUSABLE:
        return again(503);
    case ERR_STORAGE_FULL:
        return again(507);
    case ERR_COUNT:
        break;
    }
    return final(500);
}
