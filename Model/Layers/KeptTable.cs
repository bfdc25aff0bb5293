using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>What a first layer makes of each token of a small vocabulary, kept in inference until a weight changes: a token then costs one row of it
/// instead of a product.</summary>
/// <param name="store">Whose lifetime the memory has.</param>
internal sealed class KeptTable(ParameterStore store)
{
    // 16 MB of float32: larger ones would cost more memory than they save time.
    private const long MaximumCount = 4 << 20;

    private View _rows;
    private Origin _seen;
    private Origin _made;

    /// <summary>Whether there can be one: nothing is to be learnt, and the device tells when a weight changes.</summary>
    /// <param name="tape">The tape of the pass.</param>
    /// <param name="table">The embedding.</param>
    /// <param name="columns">How many values it has for each token.</param>
    public static bool Suits(Tape tape, Parameter table, int columns) =>
        !tape.IsRecording && tape.Backend.DrawsVersions && (long)table.Shape[0] * columns <= MaximumCount;

    /// <summary>Whether the weights are those of the pass before. A table is made the second time that it could be read: between steps of training it
    /// would cost more than the one pass that needs it.</summary>
    /// <param name="table">The embedding.</param>
    /// <param name="weight">A weight of the layer.</param>
    public bool IsDue(Parameter table, Parameter weight)
    {
        var now = Origin.Of(table, weight);
        bool isDue = _seen == now;
        _seen = now;
        return isDue;
    }

    /// <summary>The table, made again if a weight has changed.</summary>
    /// <param name="tape">The tape of the pass.</param>
    /// <param name="table">The embedding.</param>
    /// <param name="weight">A weight of the layer.</param>
    /// <param name="make">Computes it, [vocabulary, columns].</param>
    public Tensor Of(Tape tape, Parameter table, Parameter weight, Func<Tensor> make)
    {
        tape.Backend.Paths.Note("token table", table.Shape[0], weight.Shape[0], "the whole table is projected once and kept until a weight changes");
        var wanted = Origin.Of(table, weight);
        if (_made != wanted)
        {
            Tensor made = make();
            if (!_rows.Exists || _rows.Shape != made.Shape)
                _rows = store.Rent(made.Shape, "sums of each token");
            tape.Backend.Copy(_rows, made.View);
            _made = wanted;
        }

        return tape.Constant(_rows);
    }

    private readonly record struct Origin(View Table, long TableVersion, long WeightVersion)
    {
        public static Origin Of(Parameter table, Parameter weight) =>
            new(table.View, table.View.Buffer.Version, weight.View.Buffer.Version);
    }
}
