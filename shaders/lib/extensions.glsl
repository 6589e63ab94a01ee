// What the paths of the matrix product need of the language; goes before everything else.
#extension GL_EXT_control_flow_attributes : require
#if defined(UM_FP16) || defined(UM_COOPMAT)
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#endif
#ifdef UM_COOPMAT
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_cooperative_matrix : require
#endif
#ifdef UM_INT8
#extension GL_EXT_spirv_intrinsics : require
#endif
#ifdef UM_SUBGROUP
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#endif
