"""The program on a device whose driver fails: exit codes, messages, and never a picture that is wrong."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "cli"))
from cli_support import CliTest  # noqa: E402

LOADER = os.environ["UM_FAULT_LOADER"]  # the folder that holds libvulkan.so.1
DRAW = ("generate", "-c", "1", "-s", "7", "--steps", "3")
SKIPPED, STALE, ZEROS, FLIPPED, NOISE = 0, 1, 2, 3, 5  # fault/lies.h
HOST, LOST, UNKNOWN, MEMORY, INITIALIZATION = -1, -4, -13, -2, -3  # VkResult
CHECK = 8  # an exit code


class Faults(CliTest):
    left_behind = None

    def environment(self, **more):
        if self.left_behind:
            more["ASAN_OPTIONS"] = self.left_behind
        return super().environment(UNMASK_DEVICE="vulkan", LD_LIBRARY_PATH=LOADER,
                                   XDG_CACHE_HOME=os.path.join(self.base.name, "cache"), **more)

    def faulty(self, function, k, result, later=False):
        fault = f"{function}:{k}:{result}{':on' if later else ''}"
        return {"environment": {"UM_FAULT": fault}}

    def fails(self, code, *fault, says, **options):
        """The exit code, a last line that says why, and no picture."""
        before = self.listing()
        result = self.run_program(*DRAW, "-o", "picture.png", **self.faulty(*fault, **options))
        self.assertEqual(result.code, code, result.err)
        last = result.err.splitlines()[-1]
        self.assertTrue(last.startswith("unmask: "), result.err)
        self.assertIn(says, last)
        self.assertEqual(result.out, b"")
        self.assertEqual(self.listing(), before)
        return result

    def digest(self, **options):
        return self.good(*DRAW, "-o", "hash", **options)

    def test_the_loader_is_in_between(self):
        self.fails(4, "vkCreateInstance", 1, INITIALIZATION, says="vulkan", later=True)

    def test_lost_once(self):
        expected = self.digest()
        result = self.digest(**self.faulty("vkQueueSubmit", 12, LOST))
        self.assertEqual(result.out, expected.out)
        self.assertIn("opened again", result.err)
        self.assertNotIn("opened again", expected.err)

    def test_lost_for_good(self):
        self.digest()  # from now on the device is known to be right
        result = self.fails(6, "vkQueueSubmit", 12, LOST, says="VK_ERROR_DEVICE_LOST", later=True)
        self.assertIn("opened again", result.err)

    def test_never_answers(self):
        self.left_behind = "detect_leaks=0"  # what a hung device may still use must not be freed
        self.fails(6, "vkWaitForFences", 12, 2, says="hangs", later=True)

    def test_out_of_memory(self):
        self.fails(5, "vkAllocateMemory", 1, MEMORY, says="vkAllocateMemory", later=True)
        self.fails(5, "vkCreateComputePipelines", 2, HOST, says="vkCreateComputePipelines", later=True)

    def test_a_result_without_a_code(self):
        self.fails(1, "vkEndCommandBuffer", 3, UNKNOWN, says="VK_ERROR_UNKNOWN", later=True)

    def lying(self, kind, k, later=False):
        return {"environment": {"UM_LIE": f"{kind}:{k}{':on' if later else ''}"}}

    def test_a_lie_is_found_and_the_device_opened_again(self):
        expected = self.digest()
        for kind in (SKIPPED, STALE, NOISE):
            result = self.digest(**self.lying(kind, 12))
            self.assertEqual(result.out, expected.out)
            self.assertIn("gives wrong data; it is opened again", result.err)

    def test_a_device_that_goes_on_lying(self):
        self.digest()
        for kind in (SKIPPED, ZEROS, FLIPPED):
            before = self.listing()
            result = self.run_program(*DRAW, "-o", "picture.png", **self.lying(kind, 12, later=True))
            self.assertEqual(result.code, CHECK, result.err)
            self.assertIn("Vulkan: ", result.err.splitlines()[-1])
            self.assertEqual(self.listing(), before)


if __name__ == "__main__":
    unittest.main()
