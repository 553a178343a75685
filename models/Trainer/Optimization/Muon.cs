using CascadeLocal.Trainer.Model;

using TorchSharp;

using static TorchSharp.torch;

namespace CascadeLocal.Trainer.Optimization;

/// <summary>
/// Muon: momentum whose update is orthogonalised per matrix by five Newton-Schulz steps in BFloat16. Matrices of one
/// shape go through as one batch; query, key and value are matrices of their own.
/// </summary>
internal sealed class Muon : IDisposable
{
    private const double Decay = 0.05;
    private const int Iterations = 5;

    private static readonly Scalar MomentumFactor = 0.95f;
    private static readonly Scalar Epsilon = 1e-7f;
    private static readonly Scalar A = 3.4445f;
    private static readonly Scalar B = -4.7750f;
    private static readonly Scalar C = 2.0315f;

    private readonly MatrixGroup[] _groups;
    private readonly Tensor[] _weights;
    private readonly Tensor[] _momenta;
    private readonly int _offset;

    /// <summary>Optimizes the hidden matrices of a model.</summary>
    public Muon(LlamaModel model)
    {
        ParameterLayout layout = model.Layout;
        _offset = layout.HiddenOffset;
        _groups = [.. layout.Groups];
        Momentum = zeros(layout.HiddenLength);
        _weights = [.. _groups.Select(g => View(model.Values, g, 0))];
        _momenta = [.. _groups.Select(g => View(Momentum, g, _offset))];
    }

    /// <summary>The momentum of all hidden matrices, flat.</summary>
    public Tensor Momentum { get; }

    /// <summary>One update in place.</summary>
    /// <param name="gradient">The gradient of all the model's weights, flat.</param>
    /// <param name="learningRate">The rate of this step.</param>
    public void Step(Tensor gradient, double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < _groups.Length; i++)
        {
            MatrixGroup group = _groups[i];
            Tensor matrixGradient = View(gradient, group, 0);
            _momenta[i].mul_(MomentumFactor).add_(matrixGradient);
            Tensor nesterov = matrixGradient.add(_momenta[i], MomentumFactor);
            Tensor direction = Orthogonalise(nesterov, group.Rows > group.Columns);

            double rate = learningRate * Math.Sqrt(Math.Max(1.0, group.Rows / (double)group.Columns));
            _weights[i].mul_(1 - (learningRate * Decay)).add_(direction, -rate);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor view in _weights.Concat(_momenta))
            view.Dispose();
        Momentum.Dispose();
    }

    private static Tensor View(Tensor flat, MatrixGroup group, int origin) =>
        flat.narrow(0, group.Offset - origin, group.Length).view(group.Count, group.Rows, group.Columns);

    private static Tensor Orthogonalise(Tensor matrices, bool isTall)
    {
        Tensor x = matrices.to_type(ScalarType.BFloat16);
        if (isTall)
            x = x.transpose(-2, -1);
        x = x / x.to_type(ScalarType.Float32).square().sum([-2, -1], keepdim: true).sqrt().add_(Epsilon)
            .to_type(ScalarType.BFloat16);
        for (int i = 0; i < Iterations; i++)
        {
            Tensor gram = x.matmul(x.transpose(-2, -1));
            Tensor polynomial = gram.mul(B).add_(gram.matmul(gram).mul_(C));
            x = x.mul(A).add_(polynomial.matmul(x));
        }

        return (isTall ? x.transpose(-2, -1) : x).to_type(ScalarType.Float32);
    }
}
