using CascadeLocal.Engine.Scheduling;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>What the decode thread allocates.</summary>
internal static class DecodeAllocations
{
    /// <summary>Bytes from the end of an answer's first step to the end of its last. Nobody else asks the model meanwhile.</summary>
    public static async Task<long> OfAsync(LanguageModel model, GenerationRequest request)
    {
        long first = -1;
        TaskCompletionSource<long> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        model.Inside.Scheduler.StepDone = step =>
        {
            long now = GC.GetAllocatedBytesForCurrentThread();
            first = first < 0 ? now : first;
            if (step.Running == 0)
                done.SetResult(now - first);
        };

        // Nobody reads meanwhile, so that the answer's channel grows alike every time.
        await using Generation generation = model.Start(request);
        return await done.Task;
    }
}
