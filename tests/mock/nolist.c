/* SPDX-License-Identifier: MIT */
/*
 * nolist: a library that loads and is no PKCS#11 module: C_GetFunctionList is missing.
 */
int nolist_nothing(void);
int nolist_nothing(void)
{
    return 0;
}
