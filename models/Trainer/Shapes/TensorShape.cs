namespace CascadeLocal.Trainer.Shapes;

/// <summary>A tensor of random numbers: uniform around a mean.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Dimensions">Its dimensions, innermost first.</param>
/// <param name="Deviation">Standard deviation; 0 makes all elements the mean.</param>
/// <param name="Mean">Their mean.</param>
internal sealed record TensorShape(string Name, long[] Dimensions, double Deviation, double Mean = 0)
{
    /// <summary>
    /// A matrix that keeps the size of what it is multiplied with, times <paramref name="gain"/>; of several experts where a
    /// third dimension is given.
    /// </summary>
    public static TensorShape Matrix(string name, long inputs, long outputs, double gain = 1, long experts = 0) =>
        new(name, experts == 0 ? [inputs, outputs] : [inputs, outputs, experts], gain / Math.Sqrt(inputs));

    /// <summary>A norm's gains, all <paramref name="gain"/>.</summary>
    public static TensorShape Norm(string name, long length, double gain = 1) => new(name, [length], 0, gain);

    /// <summary>A bias, small beside what it is added to.</summary>
    public static TensorShape Bias(string name, params long[] dimensions) => new(name, dimensions, 0.1);
}
