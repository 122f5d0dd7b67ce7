/* Security descriptors, as far as a NULL DACL: everybody may. */
#ifndef COMMONHOLD_SECURITYBASEAPI_H
#define COMMONHOLD_SECURITYBASEAPI_H

#include "windef.h"

EXTERN_C_START

BOOL WINAPI InitializeSecurityDescriptor(PSECURITY_DESCRIPTOR pSecurityDescriptor, DWORD dwRevision);
BOOL WINAPI SetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR pSecurityDescriptor, BOOL bDaclPresent, PACL pDacl,
                                      BOOL bDaclDefaulted);

EXTERN_C_END

#endif
