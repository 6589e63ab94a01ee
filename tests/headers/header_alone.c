/* Includes nothing but the public headers. Compiled twice: as C11 and, copied to a .cpp file, as
 * C++17; HEADER_FACTS is the name of the function that each makes. */
#include "unmask/unmask.h"

#include "unmask/measure.h"

#ifdef __cplusplus
extern "C"
#endif
    void
    HEADER_FACTS(size_t facts[8]);

void HEADER_FACTS(size_t facts[8]) {
    facts[0] = sizeof(um_device_info);
    facts[1] = sizeof(um_context_params);
    facts[2] = sizeof(um_model_info);
    facts[3] = sizeof(um_session_params);
    facts[4] = sizeof(um_session_view);
    facts[5] = sizeof(um_status);
    facts[6] = sizeof(um_schedule);
    facts[7] = um_version()[0] != '\0' && um_status_text(UM_OK)[0] != '\0'; // links
}
