// exp and the activations, accurate to a few units in the last place on every driver.
//
// Vulkan's own exp() may be off by 3 + 2|x| units and tanh() by more, so both are built from additions and
// multiplications, which Vulkan rounds correctly.

// exp(x), relative error below 2e-7. Arguments are clamped to the range where the result is a normal number.
float um_exp(float x) {
    x = clamp(x, -87.0, 88.0);
    float n = floor(x * 1.44269504 + 0.5);
    precise float r = x - n * 0.693359375; // exact: the constant has 9 bits
    r = r + n * 2.12194440e-4;             // ln 2 = 0.693359375 - 2.12194440e-4
    float p = 1.98756915e-4;               // Cephes expf
    p = p * r + 1.39819995e-3;
    p = p * r + 8.33345191e-3;
    p = p * r + 4.16657962e-2;
    p = p * r + 1.66666655e-1;
    p = p * r + 5.0e-1;
    p = p * r * r + r + 1.0;
    return p * intBitsToFloat((int(n) + 127) << 23);
}

float um_silu(float x) {
    return x / (1.0 + um_exp(-x));
}

// 0.5 x (1 + tanh u) = x / (1 + exp(-2u)), without the cancellation near tanh u = -1.
float um_gelu_tanh(float x) {
    float u = 0.797884561 * (x + 0.044715 * x * x * x);
    return x / (1.0 + um_exp(-2.0 * u));
}

// erfc(z) for z >= 0, relative error below 2e-7 (Numerical Recipes, section 6.2, erfcc).
float um_erfc(float z) {
    float t = 1.0 / (1.0 + 0.5 * z);
    float p = 0.17087277;
    p = p * t - 0.82215223;
    p = p * t + 1.48851587;
    p = p * t - 1.13520398;
    p = p * t + 0.27886807;
    p = p * t - 0.18628806;
    p = p * t + 0.09678418;
    p = p * t + 0.37409196;
    p = p * t + 1.00002368;
    p = p * t - 1.26551223;
    return t * um_exp(p - z * z);
}

// x Phi(x).
float um_gelu_erf(float x) {
    float tail = 0.5 * um_erfc(abs(x) * 0.707106781);
    return x * (x < 0.0 ? tail : 1.0 - tail);
}

float um_activate(float x, uint activation) {
    if (activation == UM_ACTIVATE_GELU_TANH)
        return um_gelu_tanh(x);
    if (activation == UM_ACTIVATE_GELU_ERF)
        return um_gelu_erf(x);
    if (activation == UM_ACTIVATE_SILU)
        return um_silu(x);
    return x;
}
